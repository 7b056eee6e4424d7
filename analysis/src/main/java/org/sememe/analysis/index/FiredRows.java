package org.sememe.analysis.index;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.sememe.sae.SparseCodes;

/**
 * What fires on some rows, in their order: how many latents on each row, then all of the latents
 * and their activations, in native order.
 *
 * @param active latents on each row, int32 {@code [n]}
 * @param latents int32 {@code [m]}, m the sum of {@code active}
 * @param activations float32 {@code [m]}, each above 0
 */
record FiredRows(MemorySegment active, MemorySegment latents, MemorySegment activations) {

  /**
   * The activations above 0 of some codes; in memory of the arena's.
   *
   * @throws IllegalArgumentException if one of them is below 0
   */
  static FiredRows of(SparseCodes codes, Arena arena) {
    MemorySegment active = arena.allocate(ValueLayout.JAVA_INT, codes.rows());
    long all = 0;
    for (int row = 0; row < codes.rows(); row++) {
      int count = 0;
      while (count < codes.k() && codes.value(row, count) > 0) {
        count++;
      }
      if (count < codes.k() && codes.value(row, count) < 0) {
        throw new IllegalArgumentException(
            "an index holds activations above 0, and this dictionary's are signed");
      }
      active.setAtIndex(ValueLayout.JAVA_INT, row, count);
      all += count;
    }
    MemorySegment latents = arena.allocate(ValueLayout.JAVA_INT, all);
    MemorySegment activations = arena.allocate(ValueLayout.JAVA_FLOAT, all);
    long at = 0;
    for (int row = 0; row < codes.rows(); row++) {
      for (int i = 0; i < active.getAtIndex(ValueLayout.JAVA_INT, row); i++, at++) {
        latents.setAtIndex(ValueLayout.JAVA_INT, at, codes.latent(row, i));
        activations.setAtIndex(ValueLayout.JAVA_FLOAT, at, codes.value(row, i));
      }
    }
    return new FiredRows(active, latents, activations);
  }

  /** Number of rows. */
  int rows() {
    return (int) (active.byteSize() / Integer.BYTES);
  }

  /** Number of activations. */
  long count() {
    return latents.byteSize() / Integer.BYTES;
  }

  /** Number of latents on a row. */
  int active(int row) {
    return active.getAtIndex(ValueLayout.JAVA_INT, row);
  }

  /** The latent of the {@code i}-th activation. */
  int latent(long i) {
    return latents.getAtIndex(ValueLayout.JAVA_INT, i);
  }

  /** The {@code i}-th activation. */
  float activation(long i) {
    return activations.getAtIndex(ValueLayout.JAVA_FLOAT, i);
  }
}
