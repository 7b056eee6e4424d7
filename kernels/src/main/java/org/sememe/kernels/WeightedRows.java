package org.sememe.kernels;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * Sums of a few weighted rows of a matrix. Four rows are read at a time, each from its start to its
 * end: measured, that is up to half faster than going over all rows for every block of columns,
 * since the rows lie far apart and memory is read ahead within a row. Terms are added in their
 * order. Stateless, thread-safe.
 */
final class WeightedRows {
  private static final int AT_ONCE = 4;

  /** From a listed row, or its weight, to the next. */
  private static final long STRIDE = Float.BYTES;

  private WeightedRows() {}

  /**
   * {@code out += sum_j weights[j] * matrix[rows[j]]}.
   *
   * @param rows int32, those from {@code from} to {@code to} count
   * @param weights float32, likewise
   * @param matrix float32 {@code [*, d]}
   * @param out float32, {@code d} values from byte {@code atOut} on
   */
  static void add(
      MemorySegment rows,
      MemorySegment weights,
      long from,
      long to,
      MemorySegment matrix,
      int d,
      MemorySegment out,
      long atOut) {
    long list = Address.of(rows, from * Integer.BYTES, to - from);
    long factors = Address.of(weights, from * Float.BYTES, to - from);
    long sum = Address.of(out, atOut, d);
    long end = (to - from) * Float.BYTES;
    long j = 0;
    for (; j <= end - AT_ONCE * STRIDE; j += AT_ONCE * STRIDE) {
      four(list + j, factors + j, matrix, d, sum);
    }
    for (; j < end; j += STRIDE) {
      Lanes.add(Lanes.get(factors + j), matrix, start(list + j, d), out, atOut, d);
    }
  }

  /** The same with {@code out} beginning from 0; at least one row. */
  static void sum(
      MemorySegment rows,
      MemorySegment weights,
      long from,
      long to,
      MemorySegment matrix,
      int d,
      MemorySegment out,
      long atOut) {
    float weight = Lanes.get(Address.of(weights, from * Float.BYTES, 1));
    long start = start(Address.of(rows, from * Integer.BYTES, 1), d);
    Lanes.put(weight, matrix, start, out, atOut, d);
    add(rows, weights, from + 1, to, matrix, d, out, atOut);
  }

  private static void four(long rows, long weights, MemorySegment matrix, int d, long sum) {
    long at0 = Address.of(matrix, start(rows, d), d);
    long at1 = Address.of(matrix, start(rows + STRIDE, d), d);
    long at2 = Address.of(matrix, start(rows + 2 * STRIDE, d), d);
    long at3 = Address.of(matrix, start(rows + 3 * STRIDE, d), d);
    float w0 = Lanes.get(weights);
    float w1 = Lanes.get(weights + STRIDE);
    float w2 = Lanes.get(weights + 2 * STRIDE);
    float w3 = Lanes.get(weights + 3 * STRIDE);
    FloatVector v0 = FloatVector.broadcast(Lanes.SPECIES, w0);
    FloatVector v1 = FloatVector.broadcast(Lanes.SPECIES, w1);
    FloatVector v2 = FloatVector.broadcast(Lanes.SPECIES, w2);
    FloatVector v3 = FloatVector.broadcast(Lanes.SPECIES, w3);
    int i = 0;
    long o = 0;
    for (; i <= d - Lanes.WIDTH; i += Lanes.WIDTH, o += Lanes.STEP) {
      FloatVector s = Lanes.load(sum + o);
      s = Lanes.load(at0 + o).fma(v0, s);
      s = Lanes.load(at1 + o).fma(v1, s);
      s = Lanes.load(at2 + o).fma(v2, s);
      s = Lanes.load(at3 + o).fma(v3, s);
      s.intoMemorySegment(Address.ALL, sum + o, Lanes.ORDER);
    }
    for (; i < d; i++, o += Float.BYTES) {
      float s = Lanes.get(sum + o);
      s = Math.fma(Lanes.get(at0 + o), w0, s);
      s = Math.fma(Lanes.get(at1 + o), w1, s);
      s = Math.fma(Lanes.get(at2 + o), w2, s);
      s = Math.fma(Lanes.get(at3 + o), w3, s);
      Lanes.set(sum + o, s);
    }
  }

  /** Where a listed row begins in its matrix, in bytes. */
  private static long start(long row, int d) {
    return (long) Lanes.integer(row) * d * Float.BYTES;
  }
}
