package org.sememe.sae.design;

/**
 * A penalty in a loss: its mean over the rows, times the weight.
 *
 * @param weight at least 0
 * @param decoderPower activations are multiplied by the norm of their decoder row to this power
 *     before they are priced, and gradients pass through it: 0 for unit-norm decoders, 1 where
 *     norms are free (Anthropic, April 2024); 2 is what dictionary_learning's AutoEncoderNew does
 */
public record WeightedPenalty(Penalty penalty, double weight, int decoderPower) {
  public WeightedPenalty {
    if (!(weight >= 0) || decoderPower < 0) {
      throw new IllegalArgumentException(
          "weight %s and decoder power %d, need at least 0".formatted(weight, decoderPower));
    }
  }
}
