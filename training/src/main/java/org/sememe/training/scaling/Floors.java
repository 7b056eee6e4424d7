package org.sememe.training.scaling;

import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/** Guesses of how much of the loss is a floor: where fits start from. */
final class Floors {
  private Floors() {}

  /** Pairs of the logarithms of a floor and of what the mean loss has above it. */
  static List<double[]> of(List<ScalingPoint> points) {
    double least = points.stream().mapToDouble(ScalingPoint::loss).min().orElseThrow();
    double mean = points.stream().mapToDouble(ScalingPoint::loss).average().orElseThrow();
    return DoubleStream.of(0.05, 0.3, 0.6, 0.9)
        .mapToObj(share -> new double[] {Math.log(share * least), Math.log(mean - share * least)})
        .toList();
  }

  /** Mean logarithm of a quantity. */
  static double meanLog(List<ScalingPoint> points, ToDoubleFunction<ScalingPoint> quantity) {
    return points.stream().mapToDouble(quantity).map(Math::log).average().orElseThrow();
  }
}
