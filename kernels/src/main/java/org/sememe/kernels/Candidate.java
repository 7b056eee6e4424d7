package org.sememe.kernels;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.BitSet;

/**
 * An active latent and its value as one number that orders as they do: above, the bits of the value
 * (positive floats order as their bits), below, the latent's complement. Of two, the larger has the
 * larger value, or the same value and the lower latent.
 */
final class Candidate {
  private static final long LATENT = 0xFFFFFFFFL;

  private Candidate() {}

  /** The candidate of a value above 0. */
  static long of(float value, int latent) {
    return ((long) Float.floatToRawIntBits(value) << 32) | (~latent & LATENT);
  }

  static float value(long candidate) {
    return Float.intBitsToFloat((int) (candidate >>> 32));
  }

  static int latent(long candidate) {
    return (int) ~candidate;
  }

  /** Moves the {@code k} best of those from {@code base} to {@code end} to the front, k-th last. */
  static void select(long[] keys, int base, int end, int k) {
    int from = base;
    int to = end - 1;
    int wanted = base + k - 1;
    while (from < to) { // Hoare's selection, falling
      long pivot = keys[(from + to) >>> 1];
      int i = from;
      int j = to;
      while (i <= j) {
        while (keys[i] > pivot) {
          i++;
        }
        while (keys[j] < pivot) {
          j--;
        }
        if (i <= j) {
          long swap = keys[i];
          keys[i++] = keys[j];
          keys[j--] = swap;
        }
      }
      if (wanted <= j) {
        to = j;
      } else if (wanted >= i) {
        from = i;
      } else {
        break;
      }
    }
  }

  /** Writes {@code count} candidates from {@code base} on as {@link LatentScan#finish} says. */
  static void write(
      long[] candidates,
      int base,
      int count,
      int row,
      int places,
      MemorySegment indices,
      MemorySegment values,
      int latents) {
    if (places < count || places > latents) {
      throw new IllegalArgumentException(
          places + " places for " + count + " active of " + latents + " latents");
    }
    Arrays.sort(candidates, base, base + count);
    long at = (long) row * places * Float.BYTES;
    long atIndices = Address.of(indices, at, places);
    long atValues = Address.of(values, at, places);
    for (int i = 0; i < count; i++) {
      long candidate = candidates[base + count - 1 - i];
      Lanes.setInteger(atIndices + (long) i * Integer.BYTES, latent(candidate));
      Lanes.set(atValues + (long) i * Float.BYTES, value(candidate));
    }
    if (count == places) {
      return;
    }
    BitSet taken = new BitSet(places); // of the lowest latents: those left are all below places
    for (int i = base; i < base + count; i++) {
      if (latent(candidates[i]) < places) {
        taken.set(latent(candidates[i]));
      }
    }
    int latent = 0;
    for (int i = count; i < places; i++) {
      latent = taken.nextClearBit(latent);
      Lanes.setInteger(atIndices + (long) i * Integer.BYTES, latent++);
      Lanes.set(atValues + (long) i * Float.BYTES, 0f);
    }
  }
}
