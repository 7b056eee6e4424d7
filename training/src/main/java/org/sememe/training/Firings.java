package org.sememe.training;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** When each latent fired last. Flags are set by any thread, all else is done by one. */
final class Firings {
  private final MemorySegment since;
  private final long deadTokens;
  private final boolean[] fired;

  /** Counters of a state, in which latents are dead after so many tokens. */
  Firings(TrainState state, long deadTokens) {
    this.since = state.sinceFired();
    this.deadTokens = deadTokens;
    this.fired = new boolean[state.latents()];
  }

  /** A latent is active on some row of this batch. */
  void mark(int latent) {
    fired[latent] = true;
  }

  /**
   * Brings the counters forward by a batch of so many rows, takes the flags down, and gives the
   * latents that are dead now, ascending.
   */
  int[] count(int rows) {
    int[] dead = new int[fired.length];
    int count = 0;
    for (int latent = 0; latent < fired.length; latent++) {
      long now = fired[latent] ? 0 : since.getAtIndex(ValueLayout.JAVA_LONG, latent) + rows;
      since.setAtIndex(ValueLayout.JAVA_LONG, latent, now);
      if (now >= deadTokens) {
        dead[count++] = latent;
      }
    }
    Arrays.fill(fired, false);
    return Arrays.copyOf(dead, count);
  }
}
