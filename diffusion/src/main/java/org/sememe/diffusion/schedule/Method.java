package org.sememe.diffusion.schedule;

import java.util.OptionalDouble;

/** How a sampling goes from one timestep to the next, and the options that only this way has. */
public sealed interface Method {
  /** Ancestral sampling (Ho et al. 2020, equation 7). */
  record Ddpm(Variance variance) implements Method {}

  /** The variance of the noise that {@link Ddpm} draws. */
  enum Variance {
    /** Of the posterior given the clean picture. */
    POSTERIOR,
    /** Of the forward step. */
    FORWARD
  }

  /**
   * Denoising diffusion implicit models (Song et al. 2020, equation 12). Steps to {@code t - T /
   * n}, whatever the spacing.
   *
   * @param cleanEnd whether the last step ends at the clean picture; else at the first timestep
   */
  record Ddim(boolean cleanEnd) implements Method {}

  /** Euler's method on the probability flow (Karras et al. 2022, algorithm 2). */
  record Euler(SigmaRange range, boolean logLinear, boolean continuousTime) implements Method {}

  /** Euler's method that steps too far down and adds noise back. */
  record EulerAncestral() implements Method {}

  /**
   * DPM-Solver (Lu et al. 2022) over several steps.
   *
   * @param order 1, 2 or 3
   * @param lowestLambda timesteps of a smaller half log-SNR are left out
   */
  record DpmSolver(
      SigmaRange range,
      Algorithm algorithm,
      Solver solver,
      int order,
      boolean lowerOrderFinal,
      boolean firstOrderAtEnd,
      boolean roundedTimesteps,
      double lowestLambda)
      implements Method {
    public DpmSolver {
      if (order < 1 || order > 3) {
        throw new IllegalArgumentException("solver_order " + order + ": use 1, 2 or 3");
      }
      if (algorithm == Algorithm.SDE_PLUS_PLUS && order == 3) {
        throw new IllegalArgumentException("sde-dpmsolver++ of order 3: use order 1 or 2");
      }
      if (algorithm == Algorithm.NOISE && range.endsAtZero()) {
        throw new IllegalArgumentException(
            "algorithm_type dpmsolver cannot end at noise 0: use final_sigmas_type sigma_min");
      }
    }
  }

  /** What {@link DpmSolver} expands. */
  enum Algorithm {
    /** The clean picture. */
    PLUS_PLUS,
    /** The noise. */
    NOISE,
    /** The clean picture, with noise drawn at every step. */
    SDE_PLUS_PLUS
  }

  /** The second-order rule of {@link DpmSolver}. */
  enum Solver {
    MIDPOINT,
    HEUN
  }

  /**
   * Latent consistency sampling (Luo et al. 2023).
   *
   * @param originalSteps the steps of the sampling that was distilled
   * @param timeScaling factor of the timestep in the boundary condition
   * @param cleanEnd as for {@link Ddim}
   */
  record Lcm(int originalSteps, double timeScaling, boolean cleanEnd) implements Method {}

  /**
   * Where noise levels lie.
   *
   * @param smallest in place of the table's, for levels that are spaced
   * @param largest in place of the table's
   * @param endsAtZero whether the level after the last is 0; else it is the table's smallest
   */
  record SigmaRange(
      SigmaSpacing spacing, OptionalDouble smallest, OptionalDouble largest, boolean endsAtZero) {}
}
