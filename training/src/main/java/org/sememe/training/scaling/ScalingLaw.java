package org.sememe.training.scaling;

import java.util.List;

/** A formula for the loss with some free parameters. Immutable. */
public interface ScalingLaw {
  /** The formula in words that a reader can check. */
  String formula();

  /** The parameters' names, in order. */
  List<String> names();

  /** The loss at a point with these parameters. */
  double loss(ScalingPoint at, double[] parameters);

  /** Parameters to start a fit from; the best end of all is taken. */
  List<double[]> starts(List<ScalingPoint> points);

  /** What the law is extrapolated along: the points with the largest value are the test. */
  double extent(ScalingPoint at);
}
