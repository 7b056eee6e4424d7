package org.sememe.models.decoder;

import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/**
 * All weights of a decoder, fp32. Owns them.
 *
 * @param embedding {@code [vocabulary, d]}
 * @param finalNorm {@code [d]}
 * @param head {@code [vocabulary, d]}; the embedding itself where they are tied
 */
record DecoderWeights(Tensor embedding, List<BlockWeights> blocks, Tensor finalNorm, Tensor head)
    implements AutoCloseable {
  /** Each tensor once. */
  Stream<Tensor> tensors() {
    Stream<Tensor> ends =
        head == embedding ? Stream.of(embedding, finalNorm) : Stream.of(embedding, finalNorm, head);
    return Stream.concat(ends, blocks.stream().flatMap(BlockWeights::tensors));
  }

  long parameters() {
    return tensors().mapToLong(Tensor::numel).sum();
  }

  @Override
  public void close() {
    tensors().forEach(Tensor::close);
  }
}
