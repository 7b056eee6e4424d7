package org.sememe.diffusion.schedule;

/** Weighted sums of pictures of the same size. */
public final class Combination {
  private Combination() {}

  /** {@code a x + b y}. */
  public static double[] of(double a, double[] x, double b, double[] y) {
    if (x.length != y.length) {
      throw new IllegalArgumentException(x.length + " values beside " + y.length);
    }
    double[] sum = new double[x.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = a * x[i] + b * y[i];
    }
    return sum;
  }

  /** Adds {@code a x} to {@code sum}, in place. */
  public static void add(double[] sum, double a, double[] x) {
    if (x.length != sum.length) {
      throw new IllegalArgumentException(x.length + " values beside " + sum.length);
    }
    for (int i = 0; i < sum.length; i++) {
      sum[i] += a * x[i];
    }
  }
}
