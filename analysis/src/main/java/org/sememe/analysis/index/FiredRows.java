package org.sememe.analysis.index;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.Function;
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
      active.setAtIndex(ValueLayout.JAVA_INT_UNALIGNED, row, count);
      all += count;
    }
    MemorySegment latents = arena.allocate(ValueLayout.JAVA_INT, all);
    MemorySegment activations = arena.allocate(ValueLayout.JAVA_FLOAT, all);
    long at = 0;
    for (int row = 0; row < codes.rows(); row++) {
      for (int i = 0; i < active.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, row); i++, at++) {
        latents.setAtIndex(ValueLayout.JAVA_INT_UNALIGNED, at, codes.latent(row, i));
        activations.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, at, codes.value(row, i));
      }
    }
    return new FiredRows(active, latents, activations);
  }

  /** Rows one after the other, as one; in memory of the arena's. */
  static FiredRows joined(List<FiredRows> all, Arena arena) {
    return new FiredRows(
        joined(all, FiredRows::active, arena),
        joined(all, FiredRows::latents, arena),
        joined(all, FiredRows::activations, arena));
  }

  private static MemorySegment joined(
      List<FiredRows> all, Function<FiredRows, MemorySegment> part, Arena arena) {
    long bytes = all.stream().mapToLong(rows -> part.apply(rows).byteSize()).sum();
    MemorySegment joined = arena.allocate(bytes, Long.BYTES);
    long at = 0;
    for (FiredRows rows : all) {
      MemorySegment from = part.apply(rows);
      MemorySegment.copy(from, 0, joined, at, from.byteSize());
      at += from.byteSize();
    }
    return joined;
  }

  /** The first rows of these, in the same memory. */
  FiredRows first(int rows) {
    long count = 0;
    for (int row = 0; row < rows; row++) {
      count += active(row);
    }
    return new FiredRows(
        active.asSlice(0, (long) rows * Integer.BYTES),
        latents.asSlice(0, count * Integer.BYTES),
        activations.asSlice(0, count * Float.BYTES));
  }

  /** Whether the numbers agree with each other and are of so many latents. */
  boolean agree(int latentsInAll) {
    long count = 0;
    for (int row = 0; row < rows(); row++) {
      if (active(row) < 0) {
        return false;
      }
      count += active(row);
    }
    if (count != count() || count != activations.byteSize() / Float.BYTES) {
      return false;
    }
    for (long i = 0; i < count; i++) {
      if (latent(i) < 0 || latent(i) >= latentsInAll || !(activation(i) > 0)) {
        return false;
      }
    }
    return true;
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
    return active.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, row);
  }

  /** The latent of the {@code i}-th activation. */
  int latent(long i) {
    return latents.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, i);
  }

  /** The {@code i}-th activation. */
  float activation(long i) {
    return activations.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
  }
}
