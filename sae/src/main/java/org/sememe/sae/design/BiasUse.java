package org.sememe.sae.design;

/** Where the decoder's bias b_dec stands. */
public enum BiasUse {
  /** Taken from the input, added to the output (Bricken et al. 2023; Gao et al. 2024). */
  CENTRES,
  /** Added to the output alone (Anthropic, April 2024; transcoders). */
  OUTPUT,
  /** Nowhere: it is not trained. */
  UNUSED
}
