package org.sememe.diffusion.metrics;

import java.util.Arrays;

/**
 * How much of the generated pictures is real, and how much of the real ones is generated. A set's
 * manifold is made of balls around its points that reach to the k-th nearest other point of the set
 * (Kynkaanniemi et al. 2019); density and coverage are of Naeem et al. 2020.
 *
 * @param precision share of fakes in some real's ball
 * @param recall share of reals in some fake's ball
 * @param density pairs of a fake in a real's ball over {@code k * fakes}
 * @param coverage share of reals whose nearest fake is in their ball
 * @param real how many reals
 * @param fake how many fakes
 */
public record PrecisionRecall(
    double precision, double recall, double density, double coverage, int real, int fake) {

  /**
   * Of two sets.
   *
   * @param k at least 1, below the size of both sets
   */
  public static PrecisionRecall of(FeatureRows real, FeatureRows fake, int k) {
    real.requireWidthOf(fake);
    double[] realRadii = radii(real, k);
    double[] fakeRadii = radii(fake, k);
    boolean[] precise = new boolean[fake.rows()];
    long pairs = 0;
    int recalled = 0;
    int covered = 0;
    for (int i = 0; i < real.rows(); i++) {
      boolean inFake = false;
      boolean holdsFake = false;
      for (int j = 0; j < fake.rows(); j++) {
        double distance = real.distance(i, fake, j);
        inFake |= distance <= fakeRadii[j];
        if (distance <= realRadii[i]) {
          precise[j] = true;
          holdsFake = true;
          pairs++;
        }
      }
      recalled += inFake ? 1 : 0;
      covered += holdsFake ? 1 : 0;
    }
    int hits = 0;
    for (boolean hit : precise) {
      hits += hit ? 1 : 0;
    }
    return new PrecisionRecall(
        (double) hits / fake.rows(),
        (double) recalled / real.rows(),
        (double) pairs / ((long) k * fake.rows()),
        (double) covered / real.rows(),
        real.rows(),
        fake.rows());
  }

  /** Each point's distance to its k-th nearest other point, {@code [rows]}. */
  public static double[] radii(FeatureRows x, int k) {
    if (k < 1 || k >= x.rows()) {
      throw new IllegalArgumentException(
          "the " + k + "-th nearest other point of " + x.rows() + ": use 1 to " + (x.rows() - 1));
    }
    double[] radii = new double[x.rows()];
    for (int i = 0; i < x.rows(); i++) {
      double[] distances = new double[x.rows()];
      for (int j = 0; j < x.rows(); j++) {
        distances[j] = i == j ? -1 : x.distance(i, x, j);
      }
      Arrays.sort(distances);
      radii[i] = distances[k];
    }
    return radii;
  }
}
