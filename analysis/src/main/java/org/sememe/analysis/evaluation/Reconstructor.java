package org.sememe.analysis.evaluation;

import java.lang.foreign.MemorySegment;
import java.util.function.IntConsumer;

/**
 * Encodes and decodes rows between two buffers of its own. One thread at a time; close it before
 * the dictionary.
 */
interface Reconstructor extends AutoCloseable {
  /** Rows at most at once. */
  int mostRows();

  /** F. */
  int latents();

  /** Bytes of a row that is read. */
  long inputBytes();

  /** Bytes of a row that is made. */
  long outputBytes();

  /** Where rows go in, float32 {@code [mostRows, inputs]}. */
  MemorySegment input();

  /** Where their reconstructions come out, float32 {@code [mostRows, outputs]}. */
  MemorySegment output();

  /** Whether rows depend on those before them in their context. */
  default boolean inSequence() {
    return false;
  }

  /** Reconstructs the first rows of the input. */
  void reconstruct(int rows);

  /**
   * Reconstructs them, knowing the context of each.
   *
   * @param contexts which rows stand together, at least so many
   */
  default void reconstruct(int rows, long[] contexts) {
    reconstruct(rows);
  }

  /**
   * Tells which latents fire on a row of the last call.
   *
   * @return how many
   */
  int active(int row, IntConsumer latent);

  @Override
  void close();
}
