package org.sememe.training;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * An endless stream of activation rows in a fixed, seeded order.
 *
 * <p>The order is a function of the source's own options alone, so two sources made alike give the
 * same bytes, and {@link #seek} to a position that {@link #position} gave before continues as if
 * nothing had happened. Not thread-safe: one consumer.
 */
public interface BatchSource extends AutoCloseable {
  /** Width {@code d} of a row, in floats. */
  int width();

  /** Widths of what a row is put together of, one a hook point. */
  default List<Integer> parts() {
    return List.of(width());
  }

  /** Rows of one context that stand one after the other, from every multiple of so many on. */
  default int together() {
    return 1;
  }

  /**
   * Fills {@code rows}, a {@code [batch, d]} float32 block owned by the caller, with the next rows.
   *
   * @return false if the source has come to an end and {@code rows} could not be filled; endless
   *     sources start another pass over their data instead
   */
  boolean next(MemorySegment rows);

  /** Where the next row comes from. Opaque, except that 0 is the start. */
  long position();

  /** Continues at a position that {@link #position} gave. */
  void seek(long position);

  /**
   * Lets go of what is kept ready: no row is asked for before the next {@link #seek}. Sources that
   * share their work do it for the others alone from now on.
   */
  default void release() {}

  /** Rows with a NaN or an infinity that were left out since the source was made. */
  default long skippedRows() {
    return 0;
  }

  @Override
  void close();
}
