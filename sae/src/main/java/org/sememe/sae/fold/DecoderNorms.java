package org.sememe.sae.fold;

/** What becomes of the norms of decoder rows. */
public enum DecoderNorms {
  /** Nothing. */
  KEPT,
  /**
   * Rows become of norm 1; encoder rows, biases and thresholds are multiplied by the norm. Only for
   * {@link Choice#EACH}: elsewhere it would change what is chosen.
   */
  FOLDED,
  /**
   * In training, pre-activations were multiplied by the norms before the choice, and divided by
   * them before the decoder: SAELens's {@code rescale_acts_by_decoder_norm}. Thresholds are of the
   * multiplied ones and stay.
   */
  IN_ACTIVATIONS
}
