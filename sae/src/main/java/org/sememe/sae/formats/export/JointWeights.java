package org.sememe.sae.formats.export;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.sae.dictionary.CoderParts;
import org.sememe.sae.dictionary.Decoding;
import org.sememe.sae.dictionary.Encoding;

/**
 * An encoder and a decoder of all sites together. Where latents are weighted while they are
 * selected, the weights move into the activations, whose values become those times them.
 *
 * @param encoder {@code [F, inputs]}
 * @param encoderBias {@code [F]}
 * @param decoder {@code [F, outputs]}
 */
record JointWeights(Tensor encoder, Tensor encoderBias, Tensor decoder) {
  /** Those of a coder's parts; the parts' own tensors where latents are not weighted. */
  static JointWeights of(CoderParts parts, Encoding.Joint encoding, Decoding.Joint decoding) {
    if (parts.importance().isEmpty()) {
      return new JointWeights(encoding.weight(), encoding.bias(), decoding.weight());
    }
    Tensor weights = parts.importance().get();
    Tensor divisors = torch.clamp_min(weights, new Scalar(Float.MIN_NORMAL)).unsqueeze(1);
    return new JointWeights(
        encoding.weight().mul(weights.unsqueeze(1)),
        encoding.bias().mul(weights),
        decoding.weight().div(divisors));
  }
}
