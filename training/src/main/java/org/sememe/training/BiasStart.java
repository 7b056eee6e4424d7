package org.sememe.training;

/** What the decoder bias {@code b_dec} starts from. */
public enum BiasStart {
  /** The geometric median of a sample (Gao et al. 2024): robust against a few huge rows. */
  GEOMETRIC_MEDIAN,
  /** The mean of a sample. */
  MEAN,
  /** Zero. */
  ZERO
}
