package org.sememe.kernels;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The k pre-activations of largest magnitude of each row, with their signs. Of equal magnitudes the
 * lower latent counts as larger. NaN and 0 are never selected. {@link #finish} takes a row's
 * candidates out: once a row between two resets.
 */
public final class AbsTopKScan implements LatentScan {
  private final BestCandidates[] best;

  /** A scan of up to {@code mostRows} rows. */
  public AbsTopKScan(int mostRows, int k) {
    this.best = new BestCandidates[mostRows];
    for (int row = 0; row < mostRows; row++) {
      best[row] = new BestCandidates(k);
    }
  }

  @Override
  public void reset(int from, int to) {
    for (int row = from; row < to; row++) {
      best[row].clear();
    }
  }

  @Override
  public void scan(
      int row, MemorySegment scores, long at, MemorySegment bias, int first, int count) {
    BestCandidates found = best[row];
    long chunk = Address.of(scores, at, count);
    long biases = Address.of(bias, (long) first * Float.BYTES, count);
    int i = 0;
    for (; i <= count - Lanes.WIDTH; i += Lanes.WIDTH) {
      long o = (long) i * Float.BYTES;
      FloatVector size = Lanes.load(chunk + o).add(Lanes.load(biases + o)).abs();
      for (long bits = size.compare(VectorOperators.GT, found.floor()).toLong();
          bits != 0;
          bits &= bits - 1) {
        int j = i + Long.numberOfTrailingZeros(bits);
        offer(found, LatentScan.score(chunk, biases, j), first + j);
      }
    }
    for (; i < count; i++) {
      offer(found, LatentScan.score(chunk, biases, i), first + i);
    }
  }

  private static void offer(BestCandidates found, float score, int latent) {
    if (Math.abs(score) > found.floor()) {
      found.offer(SignedCodes.of(score, latent));
    }
  }

  @Override
  public int active(int row) {
    return best[row].size();
  }

  @Override
  public void finish(
      int row, int places, MemorySegment indices, MemorySegment values, int latents) {
    long[] codes = new long[best[row].size()];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = best[row].takeWorst();
    }
    SignedCodes.write(codes, codes.length, row, places, indices, values, latents);
  }
}
