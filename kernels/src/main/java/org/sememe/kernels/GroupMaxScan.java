package org.sememe.kernels;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The largest pre-activation, where positive, of each of k equal groups of neighbouring latents. Of
 * equal ones the lower latent counts as larger. NaN is never selected.
 */
public final class GroupMaxScan implements LatentScan {
  private static final long NONE = 0;

  private final int groupSize;
  private final long[][] best;

  /**
   * A scan of up to {@code mostRows} rows.
   *
   * @throws IllegalArgumentException if k groups do not divide the latents
   */
  public GroupMaxScan(int mostRows, int k, int latents) {
    if (k < 1 || latents % k != 0) {
      throw new IllegalArgumentException(
          latents + " latents cannot be cut into " + k + " equal groups");
    }
    this.groupSize = latents / k;
    this.best = new long[mostRows][k];
  }

  @Override
  public void reset(int from, int to) {
    for (int row = from; row < to; row++) {
      Arrays.fill(best[row], NONE);
    }
  }

  @Override
  public void scan(
      int row, MemorySegment scores, long at, MemorySegment bias, int first, int count) {
    long chunk = Address.of(scores, at, count);
    long biases = Address.of(bias, (long) first * Float.BYTES, count);
    for (int i = 0; i < count; i++) {
      float score = LatentScan.score(chunk, biases, i);
      if (score > 0) {
        int group = (first + i) / groupSize;
        best[row][group] = Math.max(best[row][group], Candidate.of(score, first + i));
      }
    }
  }

  @Override
  public int active(int row) {
    int count = 0;
    for (long candidate : best[row]) {
      if (candidate != NONE) {
        count++;
      }
    }
    return count;
  }

  @Override
  public void finish(
      int row, int places, MemorySegment indices, MemorySegment values, int latents) {
    long[] found = Arrays.stream(best[row]).filter(candidate -> candidate != NONE).toArray();
    Candidate.write(found, 0, found.length, row, places, indices, values, latents);
  }
}
