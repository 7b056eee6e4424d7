package org.sememe.training;

/** Which pre-activations become active in training. */
public enum Architecture {
  /** The k largest of each row (Gao et al. 2024). */
  TOPK,
  /**
   * The {@code n k} largest of a batch of n rows (Bussmann et al. 2024). A trained dictionary takes
   * what is above one threshold: the running mean of the least value that a batch kept.
   */
  BATCHTOPK
}
