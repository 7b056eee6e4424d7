package org.sememe.training.optimiser;

/**
 * A linear rise to 1: {@code start + (1 - start) n / steps} at step {@code n < steps}, from 0.
 *
 * @param start the factor of step 0, from 0 to 1
 * @param steps at least 0
 */
public record WarmUp(double start, long steps) {
  public WarmUp {
    if (!(start >= 0 && start <= 1) || steps < 0) {
      throw new IllegalArgumentException(
          "a warm-up from %s over %d steps, need from 0 to 1 and at least 0"
              .formatted(start, steps));
    }
  }

  /** 1 from the first step. */
  public static WarmUp none() {
    return new WarmUp(1, 0);
  }

  /** {@code n / steps}, for rates and sparsity coefficients alike. */
  public static WarmUp fromZero(long steps) {
    return new WarmUp(0, steps);
  }

  /** {@code (n + 1) / steps}: its first step is not lost (SAELens). */
  public static WarmUp fromFirstShare(long steps) {
    return steps < 1 ? none() : new WarmUp(1.0 / steps, steps - 1);
  }

  /** The factor of a step, counted from 0. */
  public double factor(long step) {
    return step >= steps ? 1 : start + (1 - start) * step / steps;
  }
}
