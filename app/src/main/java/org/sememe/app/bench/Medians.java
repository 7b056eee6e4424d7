package org.sememe.app.bench;

import java.util.List;

/** The middle of some measurements. */
final class Medians {
  private Medians() {}

  /** Of at least one value; of an even number the mean of the middle two. */
  static double of(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }
}
