package org.sememe.kernels;

/** What holds for the norms of decoder rows. */
public enum DecoderNorm {
  /**
   * They are 1: the part of a gradient along its row is taken out before the optimiser, and rows
   * are divided by their norms after it (Bricken et al. 2023).
   */
  UNIT,
  /** They are at most 1: longer rows are shortened after the optimiser. */
  AT_MOST_ONE,
  /** Nothing: the loss itself sees the norms (Anthropic, April 2024). */
  FREE
}
