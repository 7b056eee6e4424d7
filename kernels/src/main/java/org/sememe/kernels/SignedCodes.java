package org.sememe.kernels;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Codes with signs as longs: of two, the larger long is of larger magnitude, or of the same and the
 * lower latent. Stateless, thread-safe.
 */
public final class SignedCodes {
  private SignedCodes() {}

  /** The code of a value other than 0, of a latent below 2^30. */
  public static long of(float value, int latent) {
    return Candidate.of(Math.abs(value), 2 * latent + (value < 0 ? 1 : 0));
  }

  /**
   * Writes the first {@code count} codes, which it sorts, as {@link LatentScan#finish} says, the
   * largest magnitude first.
   */
  public static void write(
      long[] codes,
      int count,
      int row,
      int places,
      MemorySegment indices,
      MemorySegment values,
      int latents) {
    Arrays.sort(codes, 0, count);
    long[] unsigned = new long[count];
    for (int i = 0; i < count; i++) {
      unsigned[i] = Candidate.of(Candidate.value(codes[i]), Candidate.latent(codes[i]) / 2);
    }
    Candidate.write(unsigned, 0, count, row, places, indices, values, latents);
    for (int place = 0; place < count; place++) {
      if (Candidate.latent(codes[count - 1 - place]) % 2 == 1) {
        long at = (long) row * places + place;
        long value = Address.of(values, at * Float.BYTES, 1);
        Lanes.set(value, -Lanes.get(value));
      }
    }
  }
}
