package org.sememe.models.decoder;

import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.sememe.models.blocks.Linear;
import org.sememe.models.blocks.Norm;

/**
 * One block's weights, fp32. Query, key and value, and gate and up, are joined: one large product
 * is faster than several small ones.
 *
 * @param attentionNorm of width d
 * @param qkv {@code [(heads + 2 kvHeads) * headWidth, d]}: queries, keys, values; query and key
 *     rows of a head in adjacent rotary pairs
 * @param headNorms of queries and keys, where the family has them
 * @param attentionOut {@code [d, heads * headWidth]}
 * @param attentionPostNorm of what attention gives, where the family has it
 * @param mlpNorm of width d
 * @param up {@code [2 * mlpWidth, d]}, gate, then up; {@code [mlpWidth, d]} without a gate
 * @param down {@code [d, mlpWidth]}
 * @param mlpPostNorm of what the MLP gives, where the family has it
 */
record BlockWeights(
    Norm attentionNorm,
    Linear qkv,
    Optional<HeadNorms> headNorms,
    Linear attentionOut,
    Optional<Norm> attentionPostNorm,
    Norm mlpNorm,
    Linear up,
    Linear down,
    Optional<Norm> mlpPostNorm) {
  /** Norms over a head's width, in adjacent rotary pairs as the heads are. */
  record HeadNorms(Norm query, Norm key) {
    Stream<Tensor> tensors() {
      return Stream.concat(query.tensors(), key.tensors());
    }
  }

  Stream<Tensor> tensors() {
    return Stream.of(
            Stream.of(attentionNorm, mlpNorm).flatMap(Norm::tensors),
            Stream.concat(attentionPostNorm.stream(), mlpPostNorm.stream()).flatMap(Norm::tensors),
            headNorms.stream().flatMap(HeadNorms::tensors),
            Stream.of(qkv, attentionOut, up, down).flatMap(Linear::tensors))
        .flatMap(tensors -> tensors);
  }
}
