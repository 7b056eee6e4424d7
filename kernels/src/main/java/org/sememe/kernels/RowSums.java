package org.sememe.kernels;

import java.lang.foreign.MemorySegment;

/** Sums of all rows of a matrix with a weight each. Stateless. */
public final class RowSums {
  private RowSums() {}

  /**
   * {@code out[j] += scale * sum_i weights[i] * matrix[i, j]}, over the rows with a weight other
   * than 0 in ascending order. A thread owns a range of columns.
   *
   * @param weights float32 {@code [n]}
   * @param matrix float32 {@code [n, d]}
   * @param out float32 {@code [d]}
   */
  public static void addWeightedRows(
      Workers workers,
      float scale,
      MemorySegment weights,
      MemorySegment matrix,
      int n,
      int d,
      MemorySegment out) {
    workers.split(
        d,
        (from, to) -> {
          for (int row = 0; row < n; row++) {
            float weight = Lanes.get(weights, (long) row * Float.BYTES);
            if (weight != 0) {
              long at = ((long) row * d + from) * Float.BYTES;
              Lanes.add(scale * weight, matrix, at, out, (long) from * Float.BYTES, to - from);
            }
          }
        });
  }
}
