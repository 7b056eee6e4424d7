package org.sememe.diffusion.schedule;

import java.util.Arrays;

/** Noise levels between a largest and a smallest one. */
public enum SigmaSpacing {
  /** Those of the timesteps. */
  TIMESTEPS,
  /** Even in {@code sigma^(1/7)} (Karras et al. 2022, equation 5). */
  KARRAS,
  /** Even in {@code log sigma}. */
  EXPONENTIAL,
  /** By the quantiles of Beta(0.6, 0.6) (Lee et al. 2024, arXiv 2407.12173). */
  BETA,
  /** Even in the half log-SNR (Lu et al. 2022); the same numbers as exponential. */
  LU;

  private static final double RHO = 7;
  private static final double SHAPE = 0.6;

  /** {@code n} levels, falling from {@code largest} to {@code smallest}. */
  public double[] levels(double largest, double smallest, int n) {
    if (!(largest >= smallest && smallest > 0)) {
      throw new IllegalArgumentException(
          "noise levels from "
              + largest
              + " down to "
              + smallest
              + ": need 0 < sigma_min < sigma_max");
    }
    double[] ramp = Grid.linspace(0, 1, n);
    return switch (this) {
      case TIMESTEPS -> throw new IllegalStateException("levels of timesteps need the timesteps");
      case KARRAS -> {
        double from = Math.pow(largest, 1 / RHO);
        double to = Math.pow(smallest, 1 / RHO);
        yield Arrays.stream(ramp).map(r -> Math.pow(from + r * (to - from), RHO)).toArray();
      }
      case EXPONENTIAL, LU -> {
        double from = Math.log(largest);
        double to = Math.log(smallest);
        yield Arrays.stream(ramp).map(r -> Math.exp(from + r * (to - from))).toArray();
      }
      case BETA ->
          Arrays.stream(ramp)
              .map(r -> smallest + BetaQuantile.symmetric(1 - r, SHAPE) * (largest - smallest))
              .toArray();
    };
  }
}
