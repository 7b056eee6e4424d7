package org.sememe.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The active (row, latent) pairs of a batch, gathered by latent: a counting sort of its codes. A
 * latent's rows ascend. Memory is kept from batch to batch. Filled by one thread, then read by any
 * number.
 */
public final class LatentPairs {
  private final int latents;
  private final int[] offsets;
  private final int[] next;
  private int[] rows = new int[0];
  private float[] values = new float[0];

  /** Pairs of a dictionary of {@code latents} latents. */
  public LatentPairs(int latents) {
    this.latents = latents;
    this.offsets = new int[latents + 1];
    this.next = new int[latents];
  }

  /**
   * Gathers the pairs whose value is above 0.
   *
   * @param indices int32 {@code [n, k]}
   * @param codes float32 {@code [n, k]}
   */
  public void gather(MemorySegment indices, MemorySegment codes, int n, int k) {
    int places = Math.multiplyExact(n, k);
    if (rows.length < places) {
      rows = new int[places];
      values = new float[places];
    }
    Arrays.fill(offsets, 0);
    for (int place = 0; place < places; place++) {
      if (codes.getAtIndex(ValueLayout.JAVA_FLOAT, place) > 0) {
        offsets[indices.getAtIndex(ValueLayout.JAVA_INT, place) + 1]++;
      }
    }
    for (int latent = 0; latent < latents; latent++) {
      offsets[latent + 1] += offsets[latent];
    }
    System.arraycopy(offsets, 0, next, 0, latents);
    for (int row = 0, place = 0; row < n; row++) {
      for (int j = 0; j < k; j++, place++) {
        float value = codes.getAtIndex(ValueLayout.JAVA_FLOAT, place);
        if (value > 0) {
          int at = next[indices.getAtIndex(ValueLayout.JAVA_INT, place)]++;
          rows[at] = row;
          values[at] = value;
        }
      }
    }
  }

  /** The number of latents. */
  public int latents() {
    return latents;
  }

  /** All pairs. */
  public int count() {
    return offsets[latents];
  }

  /** The rows on which a latent is active. */
  public int count(int latent) {
    return offsets[latent + 1] - offsets[latent];
  }

  /** Where each latent's pairs begin {@code [latents + 1]}; not to be changed. */
  int[] offsets() {
    return offsets;
  }

  int row(int pair) {
    return rows[pair];
  }

  float value(int pair) {
    return values[pair];
  }
}
