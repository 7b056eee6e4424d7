package org.sememe.models.decoder;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.sememe.models.blocks.Norm;

/**
 * All weights of a decoder, fp32. Owns them.
 *
 * @param embedding {@code [vocabulary, d]}
 * @param positions {@code [context, d]}, where positions are learned
 * @param finalNorm of width d
 * @param head {@code [vocabulary, d]}; the embedding itself where they are tied
 */
record DecoderWeights(
    Tensor embedding,
    Optional<Tensor> positions,
    List<BlockWeights> blocks,
    Norm finalNorm,
    Tensor head)
    implements AutoCloseable {
  /** Each tensor once. */
  Stream<Tensor> tensors() {
    return Stream.of(
            head == embedding ? Stream.of(embedding) : Stream.of(embedding, head),
            positions.stream(),
            finalNorm.tensors(),
            blocks.stream().flatMap(BlockWeights::tensors))
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
