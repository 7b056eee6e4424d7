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
  private static final MemorySegment ALL = Address.ALL;
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
    long values = Address.of(x, 0, d);
    long lanes = Address.of(sums, 0, 4L * LANES);
    for (int i = 0; i < count; i += 4) {
      int last = count - 1;
      long a = at(rows[i]);
      long b = at(rows[Math.min(i + 1, last)]);
      long c = at(rows[Math.min(i + 2, last)]);
      long e = at(rows[Math.min(i + 3, last)]);
      four(a, b, c, e, values, lanes);
      products[i] = sum(lanes, a, values);
      if (i < last) {
        products[i + 1] = sum(lanes + STEP, b, values);
      }
      if (i + 1 < last) {
        products[i + 2] = sum(lanes + 2 * STEP, c, values);
      }
      if (i + 2 < last) {
        products[i + 3] = sum(lanes + 3 * STEP, e, values);
      }
    }
  }

  private long at(int row) {
    return Address.of(matrix, (long) row * d * Float.BYTES, d);
  }

  private void four(long a, long b, long c, long e, long x, long lanes) {
    FloatVector s0 = FloatVector.zero(SPECIES);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    long o = 0;
    for (int i = 0; i <= d - LANES; i += LANES, o += STEP) {
      FloatVector v = FloatVector.fromMemorySegment(SPECIES, ALL, x + o, ORDER);
      s0 = FloatVector.fromMemorySegment(SPECIES, ALL, a + o, ORDER).fma(v, s0);
      s1 = FloatVector.fromMemorySegment(SPECIES, ALL, b + o, ORDER).fma(v, s1);
      s2 = FloatVector.fromMemorySegment(SPECIES, ALL, c + o, ORDER).fma(v, s2);
      s3 = FloatVector.fromMemorySegment(SPECIES, ALL, e + o, ORDER).fma(v, s3);
    }
    s0.intoMemorySegment(ALL, lanes, ORDER);
    s1.intoMemorySegment(ALL, lanes + STEP, ORDER);
    s2.intoMemorySegment(ALL, lanes + 2 * STEP, ORDER);
    s3.intoMemorySegment(ALL, lanes + 3 * STEP, ORDER);
  }

  /** A row's lanes summed by halves, and then what does not fill the lanes. */
  private float sum(long lanes, long row, long x) {
    for (int half = LANES / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) {
        long o = lanes + (long) i * Float.BYTES;
        Lanes.set(o, Lanes.get(o) + Lanes.get(o + (long) half * Float.BYTES));
      }
    }
    float sum = Lanes.get(lanes);
    for (int i = d - d % LANES; i < d; i++) {
      long o = (long) i * Float.BYTES;
      sum = Math.fma(Lanes.get(row + o), Lanes.get(x + o), sum);
    }
    return sum;
  }
}
