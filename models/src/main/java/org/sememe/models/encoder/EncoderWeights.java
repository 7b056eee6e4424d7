package org.sememe.models.encoder;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.sememe.models.blocks.Linear;
import org.sememe.models.blocks.Norm;

/**
 * All weights of an encoder, fp32. Owns them.
 *
 * @param words {@code [vocabulary, d]}
 * @param positions {@code [context, d]}
 * @param segments {@code [segments, d]}
 * @param embeddingNorm of the sum of the three
 * @param head of masked words, where the file has one
 * @param pooler of the first token, where the file has one
 */
record EncoderWeights(
    Tensor words,
    Tensor positions,
    Tensor segments,
    Norm embeddingNorm,
    List<Block> blocks,
    Optional<Head> head,
    Optional<Linear> pooler)
    implements AutoCloseable {
  /**
   * One block's weights.
   *
   * @param qkv {@code [3 * d, d]}: queries, keys, values
   */
  record Block(
      Linear qkv, Linear attentionOut, Norm attentionNorm, Linear up, Linear down, Norm mlpNorm) {
    Stream<Tensor> tensors() {
      return Stream.concat(
          Stream.of(qkv, attentionOut, up, down).flatMap(Linear::tensors),
          Stream.of(attentionNorm, mlpNorm).flatMap(Norm::tensors));
    }
  }

  /**
   * The head of masked words: a dense layer, an activation, a norm, then the logits.
   *
   * @param matrix {@code [vocabulary, d]}; the word embeddings themselves where they are tied
   * @param bias {@code [vocabulary]}
   */
  record Head(Linear dense, Norm norm, Tensor matrix, Tensor bias) {
    Stream<Tensor> tensors() {
      return Stream.concat(Stream.of(matrix, bias), Stream.concat(dense.tensors(), norm.tensors()));
    }
  }

  /** Each tensor once. */
  Stream<Tensor> tensors() {
    return Stream.of(
            Stream.of(words, positions, segments),
            embeddingNorm.tensors(),
            blocks.stream().flatMap(Block::tensors),
            head.stream().flatMap(Head::tensors).filter(tensor -> tensor != words),
            pooler.stream().flatMap(Linear::tensors))
        .flatMap(tensors -> tensors);
  }

  long parameters() {
    return tensors().mapToLong(Tensor::numel).sum();
  }

  @Override
  public void close() {
    tensors().forEach(Tensor::close);
  }
}
