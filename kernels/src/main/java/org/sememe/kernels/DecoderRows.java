package org.sememe.kernels;

import java.lang.foreign.MemorySegment;

/** What keeps decoder rows at unit norm (Gao et al. 2024, section 2). Stateless, thread-safe. */
public final class DecoderRows {
  /** Keeps the division of a row by its norm finite. */
  private static final float PROJECTION_FLOOR = 1e-6f;

  private static final float NORM_FLOOR = Math.ulp(1f);

  private DecoderRows() {}

  /**
   * Removes from a row's gradient what lies along the row: {@code g -= (g . u) u} with {@code u = w
   * / (|w| + 1e-6)}. Both begin at byte {@code at} and have {@code d} float32 values.
   */
  public static void project(MemorySegment gradients, MemorySegment rows, long at, int d) {
    float norm = (float) Math.sqrt(Lanes.dot(rows, at, rows, at, d)) + PROJECTION_FLOOR;
    float along = Lanes.dot(gradients, at, rows, at, d) / norm;
    Lanes.add(-along / norm, rows, at, gradients, at, d);
  }

  /** Divides a row of {@code d} float32 values by its norm (plus the float's epsilon). */
  public static void normalise(MemorySegment rows, long at, int d) {
    float norm = (float) Math.sqrt(Lanes.dot(rows, at, rows, at, d));
    Lanes.scale(1 / (norm + NORM_FLOOR), rows, at, d);
  }

  /** The squared norm of a row of {@code d} float32 values. */
  public static double squaredNorm(MemorySegment rows, long at, int d) {
    return Lanes.dot(rows, at, rows, at, d);
  }
}
