package org.sememe.diffusion.student;

import org.sememe.diffusion.distillation.Weighting;

/** The weightings of the distillation loss, by the paper's names. */
public enum WeightingChoice {
  /** {@link Weighting.Exponential}. */
  EXPONENTIAL,
  /** {@link Weighting.ScoreDistillation}. */
  SDS,
  /**
   * {@link Weighting.NoiseFree}. A network of classes knows no bad pictures, so that the hidden
   * class stands for them: the domain's direction is 0 above timestep 200 of 1,000.
   */
  NFSD;

  private static final double CLEAN = 0.2;
  private static final double GUIDANCE = 2;

  Weighting of(int hidden, int timesteps) {
    return switch (this) {
      case EXPONENTIAL -> new Weighting.Exponential();
      case SDS -> new Weighting.ScoreDistillation();
      case NFSD -> new Weighting.NoiseFree(hidden, hidden, (int) (CLEAN * timesteps), GUIDANCE);
    };
  }
}
