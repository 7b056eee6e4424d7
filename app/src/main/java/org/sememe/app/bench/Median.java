package org.sememe.app.bench;

import java.util.List;
import java.util.function.ToDoubleFunction;

/** The middle of some measurements; of an even number, the mean of the two in the middle. */
final class Median {
  private Median() {}

  /** Of one figure of each measurement, at least one. */
  static <T> double of(List<T> measurements, ToDoubleFunction<T> figure) {
    double[] sorted = measurements.stream().mapToDouble(figure).sorted().toArray();
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }
}
