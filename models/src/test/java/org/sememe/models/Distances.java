package org.sememe.models;

import static org.assertj.core.api.Assertions.assertThat;

/** How far computed values are from expected ones, where a token is real. */
public final class Distances {
  private Distances() {}

  /** {@code |actual - expected| / |expected|}, in L2. */
  public static double relativeL2(float[] actual, float[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < actual.length; i++) {
      double d = (double) actual[i] - expected[i];
      difference += d * d;
      norm += (double) expected[i] * expected[i];
    }
    return Math.sqrt(difference / Math.max(norm, Double.MIN_NORMAL));
  }

  /**
   * The largest difference over the largest expected value, over real places; both are {@code
   * [places, width]}, {@code real} is {@code [places]}.
   */
  public static double relativeToLargest(float[] actual, float[] expected, boolean[] real) {
    assertThat(actual).hasSameSizeAs(expected);
    int width = actual.length / real.length;
    double worst = 0;
    double largest = 0;
    for (int i = 0; i < actual.length; i++) {
      boolean same = actual[i] == expected[i]; // also of two infinities
      if (real[i / width] && !(same && Float.isInfinite(expected[i]))) {
        double difference = Math.abs((double) actual[i] - expected[i]);
        worst = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(worst, difference);
        largest = Math.max(largest, Math.abs(expected[i]));
      }
    }
    return worst / Math.max(largest, Double.MIN_NORMAL);
  }
}
