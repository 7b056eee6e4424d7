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
    long target = Address.of(x, atX, d);
    long row = Address.of(rows, at, d);
    int i = 0;
    long o = 0;
    for (; i <= d - Lanes.WIDTH; i += Lanes.WIDTH, o += Lanes.STEP) {
      FloatVector left = Lanes.load(target + o).sub(Lanes.load(row + o));
      left.intoMemorySegment(Address.ALL, row + o, Lanes.ORDER);
    }
    for (; i < d; i++, o += Float.BYTES) {
      Lanes.set(row + o, Lanes.get(target + o) - Lanes.get(row + o));
    }
    return Lanes.dot(rows, at, rows, at, d);
  }

  /**
   * {@code row = weight * row + next}, over {@code d} float32 values: what is left at a stage joins
   * what is left at the stages after it.
   *
   * @param at where the row begins, in bytes
   * @param atNext where the next begins
   */
  public static void accumulate(float weight, MemorySegment rows, long at, long atNext, int d) {
    long row = Address.of(rows, at, d);
    long next = Address.of(rows, atNext, d);
    int i = 0;
    long o = 0;
    for (; i <= d - Lanes.WIDTH; i += Lanes.WIDTH, o += Lanes.STEP) {
      Lanes.load(row + o)
          .mul(weight)
          .add(Lanes.load(next + o))
          .intoMemorySegment(Address.ALL, row + o, Lanes.ORDER);
    }
    for (; i < d; i++, o += Float.BYTES) {
      Lanes.set(row + o, Lanes.get(row + o) * weight + Lanes.get(next + o));
    }
  }

  /** {@code row *= weight}, over {@code d} float32 values. */
  public static void weigh(float weight, MemorySegment rows, long at, int d) {
    Lanes.scale(weight, rows, at, d);
  }
}
