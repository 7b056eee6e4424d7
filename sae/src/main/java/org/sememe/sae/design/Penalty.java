package org.sememe.sae.design;

/**
 * What makes a dictionary sparse by its price, a row's activations at a time. Let {@code a} be the
 * activations z, or {@code z |W_dec|}, each by the norm of its decoder row, where the design says
 * so.
 */
public sealed interface Penalty {

  /** {@code sum a}. */
  record L1() implements Penalty {}

  /** {@code sum a^p}. */
  record PowerSum(double p) implements Penalty {
    public PowerSum {
      requirePositive("p", p);
    }
  }

  /** {@code (sum a^p)^(1/p)}. */
  record PNorm(double p) implements Penalty {
    public PNorm {
      requirePositive("p", p);
    }
  }

  /** {@code sum tanh(scale a)} (Anthropic, February 2024 and January 2025). */
  record Tanh(double scale) implements Penalty {
    public Tanh {
      requirePositive("scale", scale);
    }
  }

  /**
   * The number of active latents (Rajamanoharan et al. 2024b). Only JumpReLU gives it a gradient:
   * that of {@code 1[p > theta]} is {@code -K / bandwidth} to the threshold.
   */
  record L0() implements Penalty {}

  /** {@code (mean L0 of the batch / target - 1)^2}, with the gradient of {@link L0}. */
  record TargetL0(double target) implements Penalty {
    public TargetL0 {
      requirePositive("target", target);
    }
  }

  /** {@code (L0 of the row / target - 1)^2}, with the gradient of {@link L0} (SAELens). */
  record RowTargetL0(double target) implements Penalty {
    public RowTargetL0 {
      requirePositive("target", target);
    }
  }

  /**
   * {@code sum max(theta - p, 0)}: pulls pre-activations up to their thresholds, so that silent
   * latents come back (Anthropic, January 2025).
   *
   * @param deadOnly only over the latents that are dead (SAELens), else over all
   */
  record BelowThreshold(boolean deadOnly) implements Penalty {}

  /**
   * A user's own price, differentiated as it is written.
   *
   * @param piece what it is called
   */
  record Custom(OwnPiece piece, CustomPenalty rule) implements Penalty {}

  private static void requirePositive(String name, double value) {
    if (!(value > 0) || !Double.isFinite(value)) {
      throw new IllegalArgumentException(name + " is " + value + ", need above 0");
    }
  }
}
