package org.sememe.kernels;

import java.lang.foreign.MemorySegment;

/** What keeps decoder rows at unit norm (Gao et al. 2024, section 2). Stateless, thread-safe. */
public final class DecoderRows {
  /** Keeps the division of a row by its norm finite. */
  static final float PROJECTION_FLOOR = 1e-6f;

  private static final float NORM_FLOOR = Math.ulp(1f);

  private DecoderRows() {}

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
