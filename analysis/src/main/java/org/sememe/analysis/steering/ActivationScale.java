package org.sememe.analysis.steering;

/**
 * What a feature's activations reach on the indexed text: the units of strengths.
 *
 * @param max its largest, at least 0; 0 if it never fired there
 * @param mean over the tokens on which it is active, at least 0
 */
public record ActivationScale(double max, double mean) {
  /** Checks the ranges. */
  public ActivationScale {
    if (!(max >= 0 && mean >= 0) || !Double.isFinite(max) || !Double.isFinite(mean)) {
      throw new IllegalArgumentException(
          "a maximum of " + max + " and a mean of " + mean + ": must be 0 or above");
    }
  }
}
