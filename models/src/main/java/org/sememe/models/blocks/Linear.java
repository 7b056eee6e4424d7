package org.sememe.models.blocks;

import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * A linear map.
 *
 * @param weight {@code [out, in]}
 * @param bias {@code [out]}, where it has one
 */
public record Linear(Tensor weight, Optional<Tensor> bias) {
  /** {@code x W^T + b} over the last dimension. */
  public Tensor apply(Tensor x) {
    return torch.linear(x, weight, bias.map(TensorOptional::new).orElseGet(TensorOptional::new));
  }

  /** Its tensors. */
  public Stream<Tensor> tensors() {
    return Stream.concat(Stream.of(weight), bias.stream());
  }
}
