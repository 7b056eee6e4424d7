package org.sememe.training;

/**
 * The one number that every activation is multiplied by before training. It is estimated on a
 * sample at the start, never changes, and is folded into the weights when the dictionary is saved.
 */
public enum InputScale {
  /** No scaling. */
  NONE,
  /** Mean squared norm 1: {@code E|x|^2 = 1}. */
  UNIT,
  /** Mean squared norm d: {@code E|x|^2 = d}, so an entry has mean square 1. */
  WIDTH;

  /** The factor for rows of the given mean squared norm. */
  double factor(double meanSquaredNorm, int width) {
    if (this == NONE || !(meanSquaredNorm > 0)) {
      return 1;
    }
    return Math.sqrt((this == UNIT ? 1.0 : width) / meanSquaredNorm);
  }
}
