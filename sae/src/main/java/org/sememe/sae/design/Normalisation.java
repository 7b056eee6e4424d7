package org.sememe.sae.design;

/** What a squared error, summed over a batch's rows and their d components, is divided by. */
public enum Normalisation {
  /** The number of rows: the mean of {@code |e|^2}. */
  ROWS,
  /** The number of values: rows times d. */
  VALUES,
  /**
   * {@code sum |y - mean(y)|^2} of the target, or of the whole batch that this is a part of where
   * that is given: the error is then the fraction of variance unexplained (sparsify).
   */
  TARGET_VARIANCE,
  /**
   * {@code sum |e - mean(e)|^2} of the error that is to be reconstructed, held constant. For dead
   * latents' losses alone (Gao et al. 2024, dictionary_learning).
   */
  ERROR_VARIANCE
}
