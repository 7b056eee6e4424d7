package org.sememe.diffusion.schedule;

/** Quantiles of the symmetric Beta distribution. */
final class BetaQuantile {
  private static final int INTERVALS = 2_000;
  private static final int HALVINGS = 60;

  private BetaQuantile() {}

  /**
   * The x with probability {@code p} below it, of Beta(shape, shape).
   *
   * @param shape in (0, 1]
   */
  static double symmetric(double p, double shape) {
    if (p <= 0 || p >= 1) {
      return p <= 0 ? 0 : 1;
    }
    if (p > 0.5) {
      return 1 - symmetric(1 - p, shape);
    }
    double half = below(0.5, shape);
    double low = 0;
    double high = 0.5;
    for (int i = 0; i < HALVINGS; i++) {
      double middle = (low + high) / 2;
      if (0.5 * below(middle, shape) / half < p) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return (low + high) / 2;
  }

  /**
   * The integral of {@code u^(a-1) (1-u)^(a-1)} from 0 to x at most 1/2, by Simpson's rule in
   * {@code s = u^a}, where the integrand is smooth but for a mild root: {@code (1 - s^(1/a))^(a-1)
   * / a}.
   */
  private static double below(double x, double a) {
    double end = Math.pow(x, a);
    double step = end / INTERVALS;
    double sum = 0;
    for (int i = 0; i <= INTERVALS; i++) {
      double value = Math.pow(1 - Math.pow(i * step, 1 / a), a - 1);
      sum += value * (i == 0 || i == INTERVALS ? 1 : i % 2 == 1 ? 4 : 2);
    }
    return sum * step / (3 * a);
  }
}
