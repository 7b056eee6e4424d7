package org.sememe.kernels;

/**
 * The plain twin of {@link Adam}: the paper's formulas over one value, in double precision.
 *
 * @param gradientScale what gradients are multiplied by first
 */
record ScalarAdam(double lr, double beta1, double beta2, double epsilon, double gradientScale) {
  /** A value with its moments. */
  record Value(double weight, double first, double second) {}

  Value step(long t, Value before, double gradient) {
    double g = gradient * gradientScale;
    double m = beta1 * before.first + (1 - beta1) * g;
    double v = beta2 * before.second + (1 - beta2) * g * g;
    double mHat = m / (1 - Math.pow(beta1, t));
    double vHat = v / (1 - Math.pow(beta2, t));
    return new Value(before.weight - lr * mHat / (Math.sqrt(vHat) + epsilon), m, v);
  }
}
