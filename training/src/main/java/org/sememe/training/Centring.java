package org.sememe.training;

/** What is subtracted from an input before the encoder. */
public enum Centring {
  /** {@code b_dec} (Bricken et al. 2023). */
  DECODER_BIAS,
  /** Nothing (Anthropic, April 2024). */
  NONE
}
