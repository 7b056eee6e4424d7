package org.sememe.training;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Sums over a batch with a place for each latent, each thread's of its own, added up in the
 * threads' order.
 */
final class LatentSums {
  private final double[][][] parts;
  private final MemorySegment[] totals;

  /** {@code sums} sums of so many latents, in so many parts; their totals live in the arena. */
  LatentSums(int sums, int latents, int partCount, Arena arena) {
    this.parts = new double[partCount][sums][latents];
    this.totals = new MemorySegment[sums];
    Arrays.setAll(totals, sum -> arena.allocate(ValueLayout.JAVA_FLOAT, latents));
  }

  void clear() {
    for (double[][] part : parts) {
      for (double[] sum : part) {
        Arrays.fill(sum, 0);
      }
    }
  }

  /** One thread's sums, {@code [sums][latents]}. */
  double[][] part(int part) {
    return parts[part];
  }

  /** Adds up the parts of one sum: float32 {@code [latents]}, valid until the next call. */
  MemorySegment total(int sum) {
    MemorySegment total = totals[sum];
    int latents = parts[0][sum].length;
    for (int latent = 0; latent < latents; latent++) {
      double all = 0;
      for (double[][] part : parts) {
        all += part[sum][latent];
      }
      total.setAtIndex(ValueLayout.JAVA_FLOAT, latent, (float) all);
    }
    return total;
  }
}
