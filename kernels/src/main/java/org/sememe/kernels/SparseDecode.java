package org.sememe.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The decoder's side of a row of codes. Stateless, thread-safe. */
public final class SparseDecode {
  private SparseDecode() {}

  /**
   * One reconstruction, {@code out = bias + sum_j values[j] * W[indices[j]]}, its terms added in
   * the order of the codes.
   *
   * @param indices int32, {@code k} of them from element {@code code} on
   * @param values float32, likewise; values of 0 are passed over
   * @param matrix float32 {@code [latents, d]}
   * @param bias float32 {@code [d]}
   * @param out float32, {@code d} values from byte {@code atOut} on
   */
  public static void row(
      MemorySegment indices,
      MemorySegment values,
      long code,
      int k,
      MemorySegment matrix,
      MemorySegment bias,
      MemorySegment out,
      long atOut,
      int d) {
    MemorySegment.copy(bias, 0, out, atOut, (long) d * Float.BYTES);
    long end = code + k;
    for (long from = code; from < end; from++) {
      long to = from;
      while (to < end && values.getAtIndex(ValueLayout.JAVA_FLOAT, to) != 0) {
        to++;
      }
      WeightedRows.add(indices, values, from, to, matrix, d, out, atOut);
      from = to;
    }
  }

  /**
   * How a row's loss changes with each of its active codes: {@code slopes[j] = W[indices[j]] . g}
   * where {@code values[j]} is above 0, else 0. {@code g} is the loss's gradient at the
   * reconstruction.
   *
   * @param slopes float32, {@code k} of them from element {@code code} on
   * @param g float32, {@code d} values from byte {@code atG} on
   */
  public static void slopes(
      MemorySegment indices,
      MemorySegment values,
      MemorySegment slopes,
      long code,
      int k,
      MemorySegment matrix,
      MemorySegment g,
      long atG,
      int d) {
    for (long j = code; j < code + k; j++) {
      float slope = 0;
      if (values.getAtIndex(ValueLayout.JAVA_FLOAT, j) > 0) {
        long at = (long) indices.getAtIndex(ValueLayout.JAVA_INT, j) * d * Float.BYTES;
        slope = Lanes.dot(matrix, at, g, atG, d);
      }
      slopes.setAtIndex(ValueLayout.JAVA_FLOAT, j, slope);
    }
  }
}
