package org.sememe.kernels;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Approximate pre-activations from the int32 scores of int8 rows ({@link Int8Rows}): {@code score *
 * latentScale * rowScale + bias}. Stateless.
 */
final class Int8Scores {
  private Int8Scores() {}

  /**
   * Puts a row's values above a limit in its list, in ascending order of latents, all raised so
   * that they are above 0.
   *
   * @param start the limit, of raised values
   * @param scores int32, from byte {@code at} on, {@code count} of them
   * @param scales float32 {@code [latents]}
   * @param bias float32 {@code [latents]}
   * @param scale the row's
   * @param raise what is added to each value
   * @param first the latent of the first score
   * @param full what is done where the list is full
   */
  static void above(
      float start,
      int row,
      MemorySegment scores,
      long at,
      MemorySegment scales,
      MemorySegment bias,
      float scale,
      float raise,
      int first,
      int count,
      Shortlists lists,
      Shortlists.Full full) {
    float limit = start - raise; // at least -raise: what is above it is above 0 when raised
    FloatVector scaleLanes = FloatVector.broadcast(Lanes.SPECIES, scale);
    long atLatent = (long) first * Float.BYTES;
    long chunk = Address.of(scores, at, count);
    long latentScales = Address.of(scales, atLatent, count);
    long biases = Address.of(bias, atLatent, count);
    int i = 0;
    for (boolean going = true; going; ) { // the loop inside makes no call
      FloatVector limits = FloatVector.broadcast(Lanes.SPECIES, limit);
      int[] bits = lists.bits[row];
      int[] latents = lists.latents[row];
      int room = lists.room(row);
      int taken = lists.counts[row];
      for (; i <= count - Lanes.WIDTH && taken <= room; i += Lanes.WIDTH) {
        long o = (long) i * Float.BYTES;
        FloatVector value =
            IntVector.fromMemorySegment(Shortlists.INTS, Address.ALL, chunk + o, Lanes.ORDER)
                .convert(VectorOperators.I2F, 0)
                .reinterpretAsFloats()
                .mul(Lanes.load(latentScales + o))
                .fma(scaleLanes, Lanes.load(biases + o));
        VectorMask<Float> above = value.compare(VectorOperators.GT, limits);
        if (above.anyTrue()) {
          value.add(raise).compress(above).reinterpretAsInts().intoArray(bits, taken);
          Shortlists.LANES
              .add(first + i)
              .compress(above.cast(Shortlists.INTS))
              .intoArray(latents, taken);
          taken += above.trueCount();
        }
      }
      lists.counts[row] = taken;
      going = taken > room;
      if (going) {
        limit = full.makeRoom(row) - raise;
      }
    }
    for (; i < count; i++) {
      float value = approximate(chunk, latentScales, biases, scale, i);
      if (value > limit) {
        lists.add(row, value + raise, first + i);
        if (lists.counts[row] > lists.room(row)) {
          limit = full.makeRoom(row) - raise;
        }
      }
    }
  }

  private static float approximate(long chunk, long scales, long biases, float scale, int i) {
    long o = (long) i * Float.BYTES;
    return Math.fma(Lanes.integer(chunk + o) * Lanes.get(scales + o), scale, Lanes.get(biases + o));
  }
}
