package org.sememe.models.decoder;

import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/**
 * One block's weights, fp32. Query, key and value, and gate and up, are joined: one large product
 * is faster than several small ones.
 *
 * @param attentionNorm {@code [d]}
 * @param qkv {@code [(heads + 2 kvHeads) * headWidth, d]}: queries, keys, values; query and key
 *     rows of a head in adjacent rotary pairs
 * @param attentionOut {@code [d, heads * headWidth]}
 * @param mlpNorm {@code [d]}
 * @param gateUp {@code [2 * mlpWidth, d]}: gate, then up
 * @param down {@code [d, mlpWidth]}
 */
record BlockWeights(
    Tensor attentionNorm,
    Linear qkv,
    Linear attentionOut,
    Tensor mlpNorm,
    Linear gateUp,
    Linear down) {
  /** A matrix {@code [out, in]} and its bias {@code [out]}, if it has one. */
  record Linear(Tensor weight, Optional<Tensor> bias) {
    Stream<Tensor> tensors() {
      return Stream.concat(Stream.of(weight), bias.stream());
    }
  }

  Stream<Tensor> tensors() {
    return Stream.of(
            Stream.of(attentionNorm, mlpNorm),
            qkv.tensors(),
            attentionOut.tensors(),
            gateUp.tensors(),
            down.tensors())
        .flatMap(tensors -> tensors);
  }
}
