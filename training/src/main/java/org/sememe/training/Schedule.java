package org.sememe.training;

import org.sememe.training.optimiser.RateCourse;

/**
 * The learning rate's course: linear warm-up from 0, constant, linear decay to 0.
 *
 * @param steps length of the run, in steps
 * @param warmupSteps at step {@code n < warmupSteps} (from 0) the factor is {@code n / warmupSteps}
 * @param decaySteps over the last so many steps the factor falls from 1 to 0: {@code (steps - n) /
 *     decaySteps}
 */
public record Schedule(long steps, long warmupSteps, long decaySteps) {
  public Schedule {
    if (steps < 1 || warmupSteps < 0 || decaySteps < 0 || warmupSteps + decaySteps > steps) {
      throw new IllegalArgumentException(
          "a run of %d steps cannot hold %d warm-up and %d decay steps: lower warmup-steps or decay-steps"
              .formatted(steps, warmupSteps, decaySteps));
    }
  }

  /** The share of the full learning rate at a step, counted from 0. */
  public double factor(long step) {
    return RateCourse.linear(steps, warmupSteps, decaySteps).factor(step);
  }
}
