package org.sememe.training.scaling;

import java.util.List;
import java.util.OptionalDouble;

/**
 * A law with the parameters that suit some points best.
 *
 * @param law the formula
 * @param parameters in the law's order
 * @param intervals 95 % interval of each by bootstrap of the residuals, low and high
 * @param points what it was fitted to
 * @param error root mean square of {@code ln(predicted / measured)} on these points
 * @param leaveOneOut the same for each point by a fit of all others
 * @param extrapolation the same for the widest dictionaries (or largest compute) by a fit of all
 *     others; empty where those are too few to fit
 */
public record LawFit(
    ScalingLaw law,
    List<Double> parameters,
    List<List<Double>> intervals,
    List<ScalingPoint> points,
    double error,
    OptionalDouble leaveOneOut,
    OptionalDouble extrapolation) {

  public LawFit {
    parameters = List.copyOf(parameters);
    intervals = List.copyOf(intervals);
    points = List.copyOf(points);
  }

  /** The loss that the law predicts. */
  public double loss(ScalingPoint at) {
    return law.loss(at, parameters.stream().mapToDouble(Double::doubleValue).toArray());
  }
}
