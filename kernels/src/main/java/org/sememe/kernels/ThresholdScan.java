package org.sememe.kernels;

import java.lang.foreign.MemorySegment;

/**
 * All positive pre-activations above their latent's threshold: JumpReLU (Rajamanoharan et al.
 * 2024b), and ReLU with thresholds of 0. NaN is never active.
 */
public final class ThresholdScan implements LatentScan {
  private final AboveScan above;

  /**
   * A scan of up to {@code mostRows} rows.
   *
   * @param thresholds float32 {@code [latents]}; the caller keeps it alive
   */
  public ThresholdScan(int mostRows, MemorySegment thresholds) {
    this.above = new AboveScan(mostRows, thresholds, 0);
  }

  @Override
  public void reset(int from, int to) {
    above.reset(from, to);
  }

  @Override
  public void scan(
      int row, MemorySegment scores, long at, MemorySegment bias, int first, int count) {
    above.scan(row, scores, at, bias, first, count);
  }

  @Override
  public int active(int row) {
    return above.count(row);
  }

  @Override
  public void finish(
      int row, int places, MemorySegment indices, MemorySegment values, int latents) {
    Candidate.write(above.list(row), 0, above.count(row), row, places, indices, values, latents);
  }
}
