package org.sememe.training;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.sememe.training.ranks.Communicator;

/**
 * When each latent fired last, and how often of late. Each thread marks in a part of its own, all
 * else is done by one.
 */
final class Firings {
  private final MemorySegment since;
  private final long deadTokens;
  private final int[][] marked;
  private final long[] firings;
  private long rows;

  /** Counters of a state, in which latents are dead after so many tokens, marked in parts. */
  Firings(TrainState state, long deadTokens, int parts) {
    this.since = state.sinceFired();
    this.deadTokens = deadTokens;
    this.marked = new int[parts][state.latents()];
    this.firings = new long[state.latents()];
  }

  /** A latent is active on a row of this batch; told once a row. */
  void mark(int part, int latent) {
    marked[part][latent]++;
  }

  /**
   * Brings the counters forward by a batch of so many rows, takes the marks off, and gives the
   * latents that are dead now, ascending.
   */
  int[] count(int batch) {
    rows += batch;
    int[] dead = new int[firings.length];
    int count = 0;
    for (int latent = 0; latent < firings.length; latent++) {
      long fires = 0;
      for (int[] part : marked) {
        fires += part[latent];
      }
      firings[latent] += fires;
      long now = fires > 0 ? 0 : since.getAtIndex(ValueLayout.JAVA_LONG, latent) + batch;
      since.setAtIndex(ValueLayout.JAVA_LONG, latent, now);
      if (now >= deadTokens) {
        dead[count++] = latent;
      }
    }
    for (int[] part : marked) {
      Arrays.fill(part, 0);
    }
    return Arrays.copyOf(dead, count);
  }

  /**
   * How often latents fired in the batches since the last call, at least one.
   *
   * @param ranks that have other latents, of {@code latents} in all
   */
  DensityHistogram densities(Communicator ranks, int latents) {
    double[] all = new double[latents];
    int first = ranks.part(latents).from();
    for (int latent = 0; latent < firings.length; latent++) {
      all[first + latent] = firings[latent];
    }
    Arrays.fill(firings, 0);
    ranks.share(all, latents);
    DensityHistogram densities =
        DensityHistogram.of(Arrays.stream(all).mapToLong(fires -> (long) fires).toArray(), rows);
    rows = 0;
    return densities;
  }
}
