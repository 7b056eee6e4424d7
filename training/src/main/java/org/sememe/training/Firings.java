package org.sememe.training;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.sememe.training.ranks.Communicator;

/**
 * When each latent fired last, and how often of late. Latents are marked by any thread, all else is
 * done by one.
 */
final class Firings {
  private final MemorySegment since;
  private final long deadTokens;
  private final boolean[] fired;
  private final AtomicIntegerArray firings;
  private long rows;

  /** Counters of a state, in which latents are dead after so many tokens. */
  Firings(TrainState state, long deadTokens) {
    this.since = state.sinceFired();
    this.deadTokens = deadTokens;
    this.fired = new boolean[state.latents()];
    this.firings = new AtomicIntegerArray(state.latents());
  }

  /** A latent is active on a row of this batch; told once a row. */
  void mark(int latent) {
    fired[latent] = true;
    firings.getAndIncrement(latent);
  }

  /**
   * Brings the counters forward by a batch of so many rows, takes the flags down, and gives the
   * latents that are dead now, ascending.
   */
  int[] count(int batch) {
    rows += batch;
    int[] dead = new int[fired.length];
    int count = 0;
    for (int latent = 0; latent < fired.length; latent++) {
      long now = fired[latent] ? 0 : since.getAtIndex(ValueLayout.JAVA_LONG, latent) + batch;
      since.setAtIndex(ValueLayout.JAVA_LONG, latent, now);
      if (now >= deadTokens) {
        dead[count++] = latent;
      }
    }
    Arrays.fill(fired, false);
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
    for (int latent = 0; latent < fired.length; latent++) {
      all[first + latent] = firings.getAndSet(latent, 0);
    }
    ranks.share(all, latents);
    DensityHistogram densities =
        DensityHistogram.of(Arrays.stream(all).mapToLong(fires -> (long) fires).toArray(), rows);
    rows = 0;
    return densities;
  }
}
