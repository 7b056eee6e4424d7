package org.sememe.training.optimiser;

/** What a factor does between its warm-up and its decay. */
public sealed interface Course {
  /** The factor at the course's own step, from 0. */
  double factor(long step);

  /** The factor from which a decay after it begins. */
  double last();

  /** 1. */
  record Constant() implements Course {
    @Override
    public double factor(long step) {
      return 1;
    }

    @Override
    public double last() {
      return 1;
    }
  }

  /**
   * {@code end + (1 - end) (1 + cos(pi n / steps)) / 2} (Loshchilov and Hutter 2017), and then end.
   *
   * @param steps at least 1
   */
  record Cosine(long steps, double end) implements Course {
    public Cosine {
      require(steps, end);
    }

    @Override
    public double factor(long step) {
      return end + (1 - end) * (1 + Math.cos(Math.PI * Math.min(step, steps) / steps)) / 2;
    }

    @Override
    public double last() {
      return end;
    }
  }

  /**
   * The cosine, begun anew every {@code period} steps.
   *
   * @param period at least 1
   */
  record CosineRestarts(long period, double end) implements Course {
    public CosineRestarts {
      require(period, end);
    }

    @Override
    public double factor(long step) {
      return new Cosine(period, end).factor(step % period);
    }

    @Override
    public double last() {
      return end;
    }
  }

  private static void require(long steps, double end) {
    if (steps < 1 || !(end >= 0 && end <= 1)) {
      throw new IllegalArgumentException(
          "a cosine over %d steps to %s, need at least 1 and from 0 to 1".formatted(steps, end));
    }
  }
}
