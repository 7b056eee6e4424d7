package org.sememe.training.autograd;

/**
 * A running average of the least active value, by which a dictionary trained with a TopK encodes
 * single rows: {@code t = keep t + (1 - keep) least}.
 *
 * @param keep from 0 up to 1
 * @param after it moves at steps, from 0, above this
 * @param setsFirst whether a threshold below 0 is replaced by the first value (dictionary_learning)
 * @param byRow whether least is the mean over rows of each row's, else the batch's
 */
public record ThresholdRule(double keep, long after, boolean setsFirst, boolean byRow) {
  public ThresholdRule {
    if (!(keep >= 0 && keep < 1)) {
      throw new IllegalArgumentException("keep is " + keep + ", need from 0 up to 1");
    }
  }

  /** As dictionary_learning. */
  public static ThresholdRule dictionaryLearning(double keep, long after, boolean byRow) {
    return new ThresholdRule(keep, after, true, byRow);
  }

  /** As SAELens: every step, {@code keep = 1 - rate}. */
  public static ThresholdRule saeLens(double rate) {
    return new ThresholdRule(1 - rate, -1, false, false);
  }

  double next(double threshold, double least) {
    return setsFirst && threshold < 0 ? least : keep * threshold + (1 - keep) * least;
  }
}
