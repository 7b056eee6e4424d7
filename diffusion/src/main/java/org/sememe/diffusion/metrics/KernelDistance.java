package org.sememe.diffusion.metrics;

/**
 * The squared maximum mean discrepancy by the kernel {@code k(a, b) = (a.b / d + 1)^3} (Binkowski
 * et al. 2018; KID where the features are Inception's). Stateless.
 */
public final class KernelDistance {
  private KernelDistance() {}

  /**
   * The estimate without bias: the mean of k over pairs of different rows of each set, minus twice
   * the mean over all pairs between them. Can be negative.
   *
   * @throws IllegalArgumentException for a set of one row, or widths that differ
   */
  public static double unbiased(FeatureRows x, FeatureRows y) {
    if (x.rows() < 2 || y.rows() < 2) {
      throw new IllegalArgumentException("one row has no pairs: need two pictures at least");
    }
    return within(x, false) + within(y, false) - 2 * across(x, y);
  }

  /** The estimate that counts each row beside itself. */
  public static double biased(FeatureRows x, FeatureRows y) {
    return within(x, true) + within(y, true) - 2 * across(x, y);
  }

  private static double within(FeatureRows x, boolean itself) {
    double sum = 0;
    for (int i = 0; i < x.rows(); i++) {
      double row = 0;
      for (int j = 0; j < x.rows(); j++) {
        row += i == j && !itself ? 0 : kernel(x, i, x, j);
      }
      sum += row;
    }
    return sum / x.rows() / (itself ? x.rows() : x.rows() - 1);
  }

  private static double across(FeatureRows x, FeatureRows y) {
    x.requireWidthOf(y);
    double sum = 0;
    for (int i = 0; i < x.rows(); i++) {
      double row = 0;
      for (int j = 0; j < y.rows(); j++) {
        row += kernel(x, i, y, j);
      }
      sum += row;
    }
    return sum / x.rows() / y.rows();
  }

  private static double kernel(FeatureRows x, int i, FeatureRows y, int j) {
    double base = x.dot(i, y, j) / x.width() + 1;
    return base * base * base;
  }
}
