package org.sememe.kernels;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** What a reconstruction leaves. Stateless, thread-safe. */
public final class Residuals {
  private Residuals() {}

  /**
   * Turns a reconstruction into what it leaves, {@code row = x - row}, over {@code d} float32
   * values.
   *
   * @param atX where the row's target begins, in bytes
   * @param at where its reconstruction begins
   * @return the squared norm of what is left
   */
  public static double row(MemorySegment x, long atX, MemorySegment rows, long at, int d) {
    int i = 0;
    long o = 0;
    for (; i <= d - Lanes.WIDTH; i += Lanes.WIDTH, o += Lanes.STEP) {
      FloatVector left = Lanes.load(x, atX + o).sub(Lanes.load(rows, at + o));
      left.intoMemorySegment(rows, at + o, Lanes.ORDER);
    }
    for (; i < d; i++, o += Float.BYTES) {
      Lanes.set(rows, at + o, Lanes.get(x, atX + o) - Lanes.get(rows, at + o));
    }
    return Lanes.dot(rows, at, rows, at, d);
  }
}
