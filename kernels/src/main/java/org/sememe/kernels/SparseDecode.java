package org.sememe.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/**
 * Sums of a few weighted rows of a matrix: {@code out = bias + sum_j values[j] * W[indices[j]]}.
 * Stateless, thread-safe.
 */
public final class SparseDecode {
  private static final int BLOCK = 4;

  private SparseDecode() {}

  /**
   * One row of output, its terms added in the order of the codes; values of 0 are passed over.
   *
   * @param indices int32, {@code k} of them from element {@code code} on
   * @param values float32, likewise
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
    long lane = (long) Lanes.WIDTH * Float.BYTES;
    int column = 0;
    for (; column <= d - BLOCK * Lanes.WIDTH; column += BLOCK * Lanes.WIDTH) {
      long o = (long) column * Float.BYTES;
      FloatVector s0 = Lanes.load(bias, o);
      FloatVector s1 = Lanes.load(bias, o + lane);
      FloatVector s2 = Lanes.load(bias, o + 2 * lane);
      FloatVector s3 = Lanes.load(bias, o + 3 * lane);
      for (int j = 0; j < k; j++) {
        float value = value(values, code + j);
        if (value != 0) {
          long at = start(indices, code + j, d) + o;
          FloatVector v = FloatVector.broadcast(Lanes.SPECIES, value);
          s0 = Lanes.load(matrix, at).fma(v, s0);
          s1 = Lanes.load(matrix, at + lane).fma(v, s1);
          s2 = Lanes.load(matrix, at + 2 * lane).fma(v, s2);
          s3 = Lanes.load(matrix, at + 3 * lane).fma(v, s3);
        }
      }
      s0.intoMemorySegment(out, atOut + o, Lanes.ORDER);
      s1.intoMemorySegment(out, atOut + o + lane, Lanes.ORDER);
      s2.intoMemorySegment(out, atOut + o + 2 * lane, Lanes.ORDER);
      s3.intoMemorySegment(out, atOut + o + 3 * lane, Lanes.ORDER);
    }
    for (; column < d; column++) {
      long o = (long) column * Float.BYTES;
      float sum = Lanes.get(bias, o);
      for (int j = 0; j < k; j++) {
        float value = value(values, code + j);
        if (value != 0) {
          sum = Math.fma(value, Lanes.get(matrix, start(indices, code + j, d) + o), sum);
        }
      }
      Lanes.set(out, atOut + o, sum);
    }
  }

  private static float value(MemorySegment values, long at) {
    return values.getAtIndex(ValueLayout.JAVA_FLOAT, at);
  }

  private static long start(MemorySegment indices, long at, int d) {
    return (long) indices.getAtIndex(ValueLayout.JAVA_INT, at) * d * Float.BYTES;
  }
}
