package org.sememe.training.optimiser;

import java.util.OptionalLong;

/**
 * The factor of a learning rate over a run: warm-up, course, linear decay to 0. At step n, from 0,
 * it is the warm-up's times the course's; over the last {@code decaySteps} steps {@code last (steps
 * - n) / decaySteps} with the course's last factor.
 *
 * @param steps of the run, at least 1
 * @param courseStart the step at which the course begins
 * @param decaySteps at least 0
 * @param repeatsWarmUp after how many steps the warm-up is begun again, as after each resampling of
 *     dead latents
 */
public record RateCourse(
    long steps,
    WarmUp warmUp,
    long courseStart,
    Course course,
    long decaySteps,
    OptionalLong repeatsWarmUp) {
  public RateCourse {
    if (steps < 1 || courseStart < 0 || decaySteps < 0 || courseStart + decaySteps > steps) {
      throw new IllegalArgumentException(
          "a run of %d steps cannot hold %d steps of warm-up and %d of decay"
              .formatted(steps, courseStart, decaySteps));
    }
  }

  /** Linear from 0, constant, linear to 0 (dictionary_learning, Transformers). */
  public static RateCourse linear(long steps, long warmUpSteps, long decaySteps) {
    return new RateCourse(
        steps,
        WarmUp.fromZero(warmUpSteps),
        warmUpSteps,
        new Course.Constant(),
        decaySteps,
        OptionalLong.empty());
  }

  /** SAELens': linear from {@code 1 / warmUpSteps}, a course, linear to 0. */
  public static RateCourse saeLens(long steps, long warmUpSteps, Course course, long decaySteps) {
    return new RateCourse(
        steps,
        WarmUp.fromFirstShare(warmUpSteps),
        warmUpSteps,
        course,
        decaySteps,
        OptionalLong.empty());
  }

  /** The same with its warm-up begun again every so many steps. */
  public RateCourse repeatingWarmUp(long every) {
    return new RateCourse(
        steps, warmUp, courseStart, course, decaySteps, OptionalLong.of(Math.max(1, every)));
  }

  /** The factor of a step, counted from 0. */
  public double factor(long step) {
    long since = repeatsWarmUp.isPresent() ? step % repeatsWarmUp.getAsLong() : step;
    double rise = warmUp.factor(since);
    long left = steps - step;
    if (left < decaySteps) {
      return rise * course.last() * Math.max(0, left) / decaySteps;
    }
    return rise * course.factor(Math.max(0, step - courseStart));
  }
}
