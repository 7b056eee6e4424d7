package org.sememe.kernels;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Rows divided by their root mean square: {@code x / sqrt(mean(x^2) + epsilon) * weight}. Sums run
 * in a fixed order. Stateless; several threads may work on different rows.
 */
public final class RootMeanSquareNorm {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  private RootMeanSquareNorm() {}

  /**
   * Norms some rows.
   *
   * @param x {@code [n, width]} float32
   * @param weight {@code [width]} float32
   * @param out {@code [n, width]} float32; may be {@code x}
   * @param from the first row
   * @param to the row after the last
   */
  public static void apply(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment out,
      int width,
      double epsilon,
      int from,
      int to) {
    long weights = Address.of(weight, 0, width);
    float[] lanes = new float[LANES];
    long bytes = (long) width * Float.BYTES;
    for (int row = from; row < to; row++) {
      long start = Address.of(x, row * bytes, width);
      squares(start, width).intoArray(lanes, 0);
      double sum = 0;
      for (float lane : lanes) {
        sum += lane;
      }
      float scale = (float) (1 / Math.sqrt(sum / width + epsilon));
      scale(start, weights, Address.of(out, row * bytes, width), width, scale);
    }
  }

  private static FloatVector squares(long at, int width) {
    FloatVector even = FloatVector.zero(SPECIES);
    FloatVector odd = FloatVector.zero(SPECIES);
    int i = 0;
    for (; i <= width - 2 * LANES; i += 2 * LANES) {
      long here = at + (long) i * Float.BYTES;
      FloatVector first = FloatVector.fromMemorySegment(SPECIES, Address.ALL, here, ORDER);
      FloatVector second =
          FloatVector.fromMemorySegment(
              SPECIES, Address.ALL, here + (long) LANES * Float.BYTES, ORDER);
      even = first.fma(first, even);
      odd = second.fma(second, odd);
    }
    for (; i < width; i += LANES) {
      VectorMask<Float> rest = SPECIES.indexInRange(i, width);
      FloatVector values =
          FloatVector.fromMemorySegment(
              SPECIES, Address.ALL, at + (long) i * Float.BYTES, ORDER, rest);
      even = values.fma(values, even);
    }
    return even.add(odd);
  }

  private static void scale(long from, long weights, long to, int width, float scale) {
    int i = 0;
    for (; i < SPECIES.loopBound(width); i += LANES) {
      long offset = (long) i * Float.BYTES;
      FloatVector values =
          FloatVector.fromMemorySegment(SPECIES, Address.ALL, from + offset, ORDER);
      FloatVector factors =
          FloatVector.fromMemorySegment(SPECIES, Address.ALL, weights + offset, ORDER);
      values.mul(scale).mul(factors).intoMemorySegment(Address.ALL, to + offset, ORDER);
    }
    if (i < width) {
      long offset = (long) i * Float.BYTES;
      VectorMask<Float> rest = SPECIES.indexInRange(i, width);
      FloatVector values =
          FloatVector.fromMemorySegment(SPECIES, Address.ALL, from + offset, ORDER, rest);
      FloatVector factors =
          FloatVector.fromMemorySegment(SPECIES, Address.ALL, weights + offset, ORDER, rest);
      values.mul(scale).mul(factors).intoMemorySegment(Address.ALL, to + offset, ORDER, rest);
    }
  }
}
