package org.sememe.models.generation;

/**
 * A generated reply.
 *
 * @param ids the new tokens, the stop id included if one ended it
 * @param end why it ended
 */
@SuppressWarnings("ArrayRecordComponent") // ids are handed on to tokenizers, which take arrays
public record Generation(int[] ids, End end) {
  /** Why a generation ended. */
  public enum End {
    /** A stop id was drawn. */
    STOP_ID,
    /** The most new tokens were reached. */
    LENGTH,
    /** The model's context is full. */
    CONTEXT,
    /** The listener asked to end. */
    LISTENER
  }
}
