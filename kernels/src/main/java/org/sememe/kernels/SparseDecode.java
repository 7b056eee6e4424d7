package org.sememe.kernels;

import java.lang.foreign.MemorySegment;

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
    long codes = Address.of(values, code * Float.BYTES, k);
    MemorySegment.copy(bias, 0, out, atOut, (long) d * Float.BYTES);
    long end = code + k;
    for (long from = code; from < end; from++) {
      long to = from;
      while (to < end && Lanes.get(codes + (to - code) * Float.BYTES) != 0) {
        to++;
      }
      WeightedRows.add(indices, values, from, to, matrix, d, out, atOut);
      from = to;
    }
  }

  /**
   * How a row's loss changes with each of its codes: {@code slopes[j] = scale W[indices[j]] . g}.
   * {@code scale g} is the loss's gradient at the reconstruction.
   *
   * @param slopes float32, {@code k} of them from element {@code code} on
   * @param g float32, {@code d} values from byte {@code atG} on
   */
  public static void slopes(
      MemorySegment indices,
      MemorySegment slopes,
      long code,
      int k,
      MemorySegment matrix,
      float scale,
      MemorySegment g,
      long atG,
      int d) {
    long latents = Address.of(indices, code * Integer.BYTES, k);
    long results = Address.of(slopes, code * Float.BYTES, k);
    for (long j = 0; j < k; j++) {
      long at = (long) Lanes.integer(latents + j * Integer.BYTES) * d * Float.BYTES;
      Lanes.set(results + j * Float.BYTES, scale * Lanes.dot(matrix, at, g, atG, d));
    }
  }

  /** {@link #slopes} of the codes above 0, which come first; the others' are 0. */
  public static void activeSlopes(
      MemorySegment indices,
      MemorySegment values,
      MemorySegment slopes,
      long code,
      int k,
      MemorySegment matrix,
      float scale,
      MemorySegment g,
      long atG,
      int d) {
    long codes = Address.of(values, code * Float.BYTES, k);
    long results = Address.of(slopes, code * Float.BYTES, k);
    int active = 0;
    while (active < k && Lanes.get(codes + (long) active * Float.BYTES) > 0) {
      active++;
    }
    slopes(indices, slopes, code, active, matrix, scale, g, atG, d);
    for (long j = active; j < k; j++) {
      Lanes.set(results + j * Float.BYTES, 0);
    }
  }
}
