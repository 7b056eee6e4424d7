package org.sememe.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Approximate pre-activations from the int32 scores of int8 rows ({@link Int8Rows}): {@code score *
 * latentScale * rowScale + bias}. Stateless.
 */
final class Int8Scores {
  private static final VectorSpecies<Integer> INTS =
      IntVector.SPECIES_512.withShape(Lanes.SPECIES.vectorShape());

  private Int8Scores() {}

  /** Takes in what is above a limit. */
  @FunctionalInterface
  interface Taker {
    /** Takes an approximate value in, and gives the limit from now on. */
    float take(int row, float approximate, int latent);
  }

  /**
   * Gives a row's values above a limit to the taker, in ascending order of latents.
   *
   * @param scores int32, from byte {@code at} on, {@code count} of them
   * @param scales float32 {@code [latents]}
   * @param bias float32 {@code [latents]}
   * @param scale the row's
   * @param first the latent of the first score
   */
  static void above(
      float start,
      int row,
      MemorySegment scores,
      long at,
      MemorySegment scales,
      MemorySegment bias,
      float scale,
      int first,
      int count,
      Taker taker) {
    float limit = start;
    FloatVector limits = FloatVector.broadcast(Lanes.SPECIES, limit);
    FloatVector scaleLanes = FloatVector.broadcast(Lanes.SPECIES, scale);
    long atLatent = (long) first * Float.BYTES;
    int i = 0;
    long o = 0;
    for (; i <= count - Lanes.WIDTH; i += Lanes.WIDTH, o += Lanes.STEP) {
      FloatVector approximate =
          IntVector.fromMemorySegment(INTS, scores, at + o, Lanes.ORDER)
              .convert(VectorOperators.I2F, 0)
              .reinterpretAsFloats()
              .mul(Lanes.load(scales, atLatent + o))
              .fma(scaleLanes, Lanes.load(bias, atLatent + o));
      long bits = approximate.compare(VectorOperators.GT, limits).toLong();
      if (bits != 0) {
        float before = limit;
        for (; bits != 0; bits &= bits - 1) {
          int j = i + Long.numberOfTrailingZeros(bits);
          float value = approximate(scores, at, scales, bias, scale, first, j);
          limit = value > limit ? taker.take(row, value, first + j) : limit;
        }
        if (limit > before) {
          limits = FloatVector.broadcast(Lanes.SPECIES, limit);
        }
      }
    }
    for (; i < count; i++) {
      float value = approximate(scores, at, scales, bias, scale, first, i);
      limit = value > limit ? taker.take(row, value, first + i) : limit;
    }
  }

  private static float approximate(
      MemorySegment scores,
      long at,
      MemorySegment scales,
      MemorySegment bias,
      float scale,
      int first,
      int i) {
    int score = scores.get(ValueLayout.JAVA_INT_UNALIGNED, at + (long) i * Integer.BYTES);
    long latent = (long) (first + i) * Float.BYTES;
    return Math.fma(score * Lanes.get(scales, latent), scale, Lanes.get(bias, latent));
  }
}
