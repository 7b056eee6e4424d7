package org.sememe.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/**
 * Sums of a few weighted rows of a matrix. Four rows are read at a time, each from its start to its
 * end: measured, that is up to half faster than going over all rows for every block of columns,
 * since the rows lie far apart and memory is read ahead within a row. Terms are added in their
 * order. Stateless, thread-safe.
 */
final class WeightedRows {
  private static final int AT_ONCE = 4;

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
    long j = from;
    for (; j <= to - AT_ONCE; j += AT_ONCE) {
      four(rows, weights, j, matrix, d, out, atOut);
    }
    for (; j < to; j++) {
      Lanes.add(weight(weights, j), matrix, start(rows, j, d), out, atOut, d);
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
    Lanes.put(weight(weights, from), matrix, start(rows, from, d), out, atOut, d);
    add(rows, weights, from + 1, to, matrix, d, out, atOut);
  }

  private static void four(
      MemorySegment rows,
      MemorySegment weights,
      long j,
      MemorySegment matrix,
      int d,
      MemorySegment out,
      long atOut) {
    long at0 = start(rows, j, d);
    long at1 = start(rows, j + 1, d);
    long at2 = start(rows, j + 2, d);
    long at3 = start(rows, j + 3, d);
    float w0 = weight(weights, j);
    float w1 = weight(weights, j + 1);
    float w2 = weight(weights, j + 2);
    float w3 = weight(weights, j + 3);
    FloatVector v0 = FloatVector.broadcast(Lanes.SPECIES, w0);
    FloatVector v1 = FloatVector.broadcast(Lanes.SPECIES, w1);
    FloatVector v2 = FloatVector.broadcast(Lanes.SPECIES, w2);
    FloatVector v3 = FloatVector.broadcast(Lanes.SPECIES, w3);
    int i = 0;
    long o = 0;
    for (; i <= d - Lanes.WIDTH; i += Lanes.WIDTH, o += Lanes.STEP) {
      FloatVector s = Lanes.load(out, atOut + o);
      s = Lanes.load(matrix, at0 + o).fma(v0, s);
      s = Lanes.load(matrix, at1 + o).fma(v1, s);
      s = Lanes.load(matrix, at2 + o).fma(v2, s);
      s = Lanes.load(matrix, at3 + o).fma(v3, s);
      s.intoMemorySegment(out, atOut + o, Lanes.ORDER);
    }
    for (; i < d; i++, o += Float.BYTES) {
      float s = Lanes.get(out, atOut + o);
      s = Math.fma(Lanes.get(matrix, at0 + o), w0, s);
      s = Math.fma(Lanes.get(matrix, at1 + o), w1, s);
      s = Math.fma(Lanes.get(matrix, at2 + o), w2, s);
      s = Math.fma(Lanes.get(matrix, at3 + o), w3, s);
      Lanes.set(out, atOut + o, s);
    }
  }

  private static float weight(MemorySegment weights, long j) {
    return weights.getAtIndex(ValueLayout.JAVA_FLOAT, j);
  }

  private static long start(MemorySegment rows, long j, int d) {
    return (long) rows.getAtIndex(ValueLayout.JAVA_INT, j) * d * Float.BYTES;
  }
}
