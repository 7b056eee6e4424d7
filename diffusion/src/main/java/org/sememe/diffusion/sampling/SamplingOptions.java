package org.sememe.diffusion.sampling;

/**
 * Options of a sampling that are no part of a scheduler's file.
 *
 * @param eta the share of the ancestral noise that DDIM draws, at least 0
 * @param noiseOfLimited whether DDIM takes the noise from the clean picture after its limit
 * @param churn of Euler's method
 */
public record SamplingOptions(double eta, boolean noiseOfLimited, Churn churn) {
  /** No noise but that of the start. */
  public static final SamplingOptions USUAL = new SamplingOptions(0, false, Churn.NONE);

  public SamplingOptions {
    if (!(eta >= 0)) {
      throw new IllegalArgumentException("eta " + eta + " is below 0");
    }
  }

  /**
   * Noise added before Euler's steps (Karras et al. 2022, algorithm 2).
   *
   * @param amount S_churn, shared among the steps
   * @param from S_tmin: no noise at levels below
   * @param to S_tmax: no noise at levels above
   * @param factor S_noise, of the noise's deviation
   */
  public record Churn(double amount, double from, double to, double factor) {
    /** No churn. */
    public static final Churn NONE = new Churn(0, 0, Double.POSITIVE_INFINITY, 1);

    /** How much a level grows, in a sampling of so many steps. */
    double growth(double sigma, int steps) {
      return sigma >= from && sigma <= to ? Math.min(amount / steps, Math.sqrt(2) - 1) : 0;
    }
  }
}
