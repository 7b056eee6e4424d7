package org.sememe.sae;

import java.lang.foreign.MemorySegment;
import org.bytedeco.pytorch.Tensor;

/** Finds the codes of rows in a way of its own, not by one scan of pre-activations. */
sealed interface RowCodes extends AutoCloseable permits Pursuit, OwnCodes {
  /**
   * Finds the codes of rows.
   *
   * @param input centred rows {@code [rows, d]}
   * @return the most active latents of a row, at least 1
   */
  int run(Tensor input, int rows);

  /** Writes a row's codes as {@link SparseCodes} says. */
  void write(int row, int places, MemorySegment indices, MemorySegment values);

  @Override
  void close();
}
