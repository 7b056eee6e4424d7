package org.sememe.training;

import org.sememe.training.optimiser.WarmUp;

/**
 * When dead latents are given a new start, and the learning rate after it.
 *
 * @param every steps between resamplings, at least 1
 * @param times how many there are
 * @param warmupSteps steps over which the rate rises again after each
 * @param floor the share of the rate from which it rises
 */
public record ResampleSchedule(long every, int times, long warmupSteps, double floor) {

  /** Whether latents are resampled once so many steps are done. */
  public boolean due(long done) {
    return done > 0 && done % every == 0 && done / every <= times;
  }

  /**
   * The share of the learning rate at a step, counted from 0: after a resampling it rises from the
   * floor in equal parts, the first of them in the first step.
   */
  public double factor(long step) {
    long last = Math.min(step / every, times) * every;
    long since = step - last + 1;
    return last == 0 ? 1 : new WarmUp(floor, warmupSteps).factor(since);
  }
}
