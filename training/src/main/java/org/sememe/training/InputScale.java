package org.sememe.training;

import org.sememe.sae.fold.InputNormalisation;
import org.sememe.sae.fold.InputNormalisation.ScaleKind;

/**
 * What is done to every row before training. Its numbers are estimated on a sample at the start and
 * never change. The saved dictionary takes rows as they come: what can be folded into its weights
 * is, what depends on each row is named in its file.
 */
public enum InputScale {
  /** Nothing. */
  NONE,
  /** One factor, by which {@code E|x|^2 = 1}. */
  UNIT,
  /** One factor, by which {@code E|x|^2 = d}, so an entry has mean square 1. */
  WIDTH,
  /** One factor, by which {@code E|x| = sqrt(d)} (SAELens). */
  MEAN_NORM,
  /** The mean is subtracted, then {@code E|x|^2 = d}. */
  MEAN_AND_SCALE,
  /** Each row is scaled to the norm sqrt(d). */
  CONSTANT_NORM,
  /** Each row gets mean 0 and deviation 1 (OpenAI, SAELens). */
  LAYER_NORM,
  /**
   * The mean is subtracted and the covariance made the identity (SAELens). Decoder rows are of norm
   * 1 among whitened rows only.
   */
  WHITENING;

  /** Added to each variance before its root is divided by. */
  private static final double REGULARISER = 1e-6;

  /** Whether it is one factor for all. */
  boolean isFactor() {
    return switch (this) {
      case NONE, UNIT, WIDTH, MEAN_NORM -> true;
      case MEAN_AND_SCALE, CONSTANT_NORM, LAYER_NORM, WHITENING -> false;
    };
  }

  /** As what finds its numbers. */
  InputNormalisation normalisation() {
    return switch (this) {
      case NONE -> new InputNormalisation.None();
      case UNIT -> new InputNormalisation.Scale(ScaleKind.MEAN_SQUARE_ONE);
      case WIDTH -> new InputNormalisation.Scale(ScaleKind.MEAN_SQUARE_WIDTH);
      case MEAN_NORM -> new InputNormalisation.Scale(ScaleKind.MEAN_NORM_ROOT_WIDTH);
      case MEAN_AND_SCALE -> new InputNormalisation.MeanAndScale();
      case CONSTANT_NORM -> new InputNormalisation.PerRowRescale();
      case LAYER_NORM -> new InputNormalisation.LayerNorm();
      case WHITENING -> new InputNormalisation.Whitening(REGULARISER);
    };
  }
}
