package org.sememe.training;

import java.util.OptionalLong;
import org.sememe.training.optimiser.Course;
import org.sememe.training.optimiser.RateCourse;
import org.sememe.training.optimiser.WarmUp;

/**
 * The learning rate's course: linear warm-up from 0, then what {@link Between} says, then linear
 * decay to 0.
 *
 * @param steps length of the run, in steps
 * @param warmupSteps at step {@code n < warmupSteps} (from 0) the factor is {@code n / warmupSteps}
 * @param decaySteps over the last so many steps the factor falls from 1 to 0: {@code (steps - n) /
 *     decaySteps}
 * @param between warm-up and decay
 */
public record Schedule(long steps, long warmupSteps, long decaySteps, Between between) {
  /** What the factor does between warm-up and decay. */
  public enum Between {
    /** It is 1. */
    CONSTANT,
    /** Half a cosine from 1 to 0 (Loshchilov and Hutter 2017). */
    COSINE
  }

  /** One that is constant between. */
  public Schedule(long steps, long warmupSteps, long decaySteps) {
    this(steps, warmupSteps, decaySteps, Between.CONSTANT);
  }

  public Schedule {
    if (steps < 1 || warmupSteps < 0 || decaySteps < 0 || warmupSteps + decaySteps > steps) {
      throw new IllegalArgumentException(
          "a run of %d steps cannot hold %d warm-up and %d decay steps: lower warmup-steps or decay-steps"
              .formatted(steps, warmupSteps, decaySteps));
    }
  }

  /** The share of the full learning rate at a step, counted from 0. */
  public double factor(long step) {
    Course course =
        switch (between) {
          case CONSTANT -> new Course.Constant();
          case COSINE -> new Course.Cosine(Math.max(1, steps - warmupSteps - decaySteps), 0);
        };
    return new RateCourse(
            steps,
            WarmUp.fromZero(warmupSteps),
            warmupSteps,
            course,
            decaySteps,
            OptionalLong.empty())
        .factor(step);
  }
}
