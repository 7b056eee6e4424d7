package org.sememe.models.tokenizer;

/**
 * A tokenized text.
 *
 * @param ids the token ids {@code [tokens]}
 * @param starts where each token begins in the text, in UTF-16 units
 * @param ends where it ends, exclusive
 */
@SuppressWarnings("ArrayRecordComponent") // ids are handed on to batches, which take arrays
public record Tokens(int[] ids, int[] starts, int[] ends) {
  /** Number of tokens. */
  public int count() {
    return ids.length;
  }
}
