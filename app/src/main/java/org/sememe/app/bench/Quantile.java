package org.sememe.app.bench;

import java.util.List;

/** The least of some measurements that a share of them does not exceed. */
final class Quantile {
  private Quantile() {}

  /**
   * Of at least one measurement.
   *
   * @param share above 0 and up to 1
   */
  static double of(List<Double> measurements, double share) {
    double[] sorted = measurements.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return sorted[Math.clamp((long) Math.ceil(share * sorted.length) - 1, 0, sorted.length - 1)];
  }
}
