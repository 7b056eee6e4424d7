package org.sememe.kernels;

/** What holds for the norms of decoder rows. */
public enum DecoderNorm {
  /**
   * They are 1: the part of a gradient along its row is taken out before the optimiser, and rows
   * are divided by their norms after it (Bricken et al. 2023).
   */
  UNIT,
  /** Nothing: the loss itself sees the norms (Anthropic, April 2024). */
  FREE
}
