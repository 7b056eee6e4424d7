package org.sememe.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of rows of a matrix with a vector in float32, four rows at a time: rows that are far
 * from each other come from memory together, and x is loaded once for all. A row's product has the
 * same bits in whatever company it is computed.
 *
 * <p>Allocates nothing after it is made. One thread at a time.
 */
final class RowProducts {
  // Vectors are loaded by the JDK's methods, never by helpers of our own. The compiler inlines
  // those always, ours only if it sees them called often; a vector that a call returns is an
  // object.
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;
  private static final ByteOrder ORDER = Lanes.ORDER;
  private static final int LANES = SPECIES.length();
  private static final long STEP = (long) LANES * Float.BYTES;

  private final MemorySegment matrix;
  private final int d;

  /** {@code [4, lanes]}, the sums of the rows, still one a lane. */
  private final MemorySegment sums;

  /**
   * Products with a matrix.
   *
   * @param matrix float32 {@code [rows, d]}; open while this is used
   */
  RowProducts(MemorySegment matrix, int d, Arena scratch) {
    this.matrix = matrix;
    this.d = d;
    this.sums = scratch.allocate(4 * STEP, STEP);
  }

  /**
   * Computes products.
   *
   * @param rows which ones; the first {@code count} of these
   * @param x float32 {@code [d]}
   * @param products gets them, in the order of the rows
   */
  void compute(int[] rows, int count, MemorySegment x, float[] products) {
    for (int i = 0; i < count; i += 4) {
      int last = count - 1;
      long a = at(rows[i]);
      long b = at(rows[Math.min(i + 1, last)]);
      long c = at(rows[Math.min(i + 2, last)]);
      long e = at(rows[Math.min(i + 3, last)]);
      four(a, b, c, e, x);
      products[i] = sum(0, a, x);
      if (i < last) {
        products[i + 1] = sum(STEP, b, x);
      }
      if (i + 1 < last) {
        products[i + 2] = sum(2 * STEP, c, x);
      }
      if (i + 2 < last) {
        products[i + 3] = sum(3 * STEP, e, x);
      }
    }
  }

  private long at(int row) {
    return (long) row * d * Float.BYTES;
  }

  private void four(long a, long b, long c, long e, MemorySegment x) {
    FloatVector s0 = FloatVector.zero(SPECIES);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    long o = 0;
    for (int i = 0; i <= d - LANES; i += LANES, o += STEP) {
      FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, o, ORDER);
      s0 = FloatVector.fromMemorySegment(SPECIES, matrix, a + o, ORDER).fma(v, s0);
      s1 = FloatVector.fromMemorySegment(SPECIES, matrix, b + o, ORDER).fma(v, s1);
      s2 = FloatVector.fromMemorySegment(SPECIES, matrix, c + o, ORDER).fma(v, s2);
      s3 = FloatVector.fromMemorySegment(SPECIES, matrix, e + o, ORDER).fma(v, s3);
    }
    s0.intoMemorySegment(sums, 0, ORDER);
    s1.intoMemorySegment(sums, STEP, ORDER);
    s2.intoMemorySegment(sums, 2 * STEP, ORDER);
    s3.intoMemorySegment(sums, 3 * STEP, ORDER);
  }

  /** A row's lanes summed by halves, and then what does not fill the lanes. */
  private float sum(long at, long row, MemorySegment x) {
    for (int half = LANES / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) {
        long o = at + (long) i * Float.BYTES;
        Lanes.set(sums, o, Lanes.get(sums, o) + Lanes.get(sums, o + (long) half * Float.BYTES));
      }
    }
    float sum = Lanes.get(sums, at);
    for (int i = d - d % LANES; i < d; i++) {
      long o = (long) i * Float.BYTES;
      sum = Math.fma(Lanes.get(matrix, row + o), Lanes.get(x, o), sum);
    }
    return sum;
  }
}
