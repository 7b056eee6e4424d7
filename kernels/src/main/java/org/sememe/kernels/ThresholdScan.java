package org.sememe.kernels;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * All positive pre-activations above their latent's threshold: JumpReLU (Rajamanoharan et al.
 * 2024b), and ReLU with thresholds of 0. NaN is never active.
 */
public final class ThresholdScan implements LatentScan {
  private static final int FIRST_ROOM = 64;

  private final MemorySegment thresholds;
  private final long[][] candidates;
  private final int[] counts;

  /**
   * A scan of up to {@code mostRows} rows.
   *
   * @param thresholds float32 {@code [latents]}; the caller keeps it alive
   */
  public ThresholdScan(int mostRows, MemorySegment thresholds) {
    this.thresholds = thresholds;
    this.candidates = new long[mostRows][FIRST_ROOM];
    this.counts = new int[mostRows];
  }

  @Override
  public void reset(int from, int to) {
    Arrays.fill(counts, from, to, 0);
  }

  @Override
  public void scan(
      int row, MemorySegment scores, long at, MemorySegment bias, int first, int count) {
    long atLatent = (long) first * Float.BYTES;
    int i = 0;
    for (; i <= count - Lanes.WIDTH; i += Lanes.WIDTH) {
      long o = (long) i * Float.BYTES;
      FloatVector score = Lanes.load(scores, at + o).add(Lanes.load(bias, atLatent + o));
      FloatVector limit = Lanes.load(thresholds, atLatent + o).max(0);
      for (long bits = score.compare(VectorOperators.GT, limit).toLong();
          bits != 0;
          bits &= bits - 1) {
        int j = i + Long.numberOfTrailingZeros(bits);
        add(row, LatentScan.score(scores, at, bias, atLatent, j), first + j);
      }
    }
    for (; i < count; i++) {
      float score = LatentScan.score(scores, at, bias, atLatent, i);
      if (score > Math.max(0, Lanes.get(thresholds, atLatent + (long) i * Float.BYTES))) {
        add(row, score, first + i);
      }
    }
  }

  private void add(int row, float value, int latent) {
    if (counts[row] == candidates[row].length) {
      candidates[row] = Arrays.copyOf(candidates[row], 2 * counts[row]);
    }
    candidates[row][counts[row]++] = Candidate.of(value, latent);
  }

  @Override
  public int active(int row) {
    return counts[row];
  }

  @Override
  public void finish(
      int row, int places, MemorySegment indices, MemorySegment values, int latents) {
    Candidate.write(candidates[row], 0, counts[row], row, places, indices, values, latents);
  }
}
