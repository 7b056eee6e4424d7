package org.sememe.training;

/** As what JumpReLU's thresholds are trained. */
public enum ThresholdForm {
  /** As themselves; kept at 0 or above. */
  PLAIN,
  /** As their logarithms, which keeps them above 0. */
  LOG;

  /** The parameter of a threshold. */
  double parameter(double threshold) {
    return this == LOG ? Math.log(threshold) : threshold;
  }

  /** The threshold of a parameter. */
  double threshold(double parameter) {
    return this == LOG ? Math.exp(parameter) : Math.max(0, parameter);
  }
}
