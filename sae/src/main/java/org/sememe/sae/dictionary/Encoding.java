package org.sememe.sae.dictionary;

import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** From rows to pre-activations {@code [n, groups, F]}. Tensors are float32. */
public sealed interface Encoding {
  /**
   * The pre-activations.
   *
   * @param x {@code [n, inputs]}
   */
  Tensor scores(Tensor x);

  /** F, of one group. */
  long latents();

  /** The values of an input row. */
  long inputs();

  /** Its tensors. */
  Stream<Tensor> tensors();

  /**
   * {@code x W_encᵀ + b_enc}, all sites together; times {@code sigmoid(x G_encᵀ + g_enc)} where
   * there is a gate (a gated linear unit).
   *
   * @param weight {@code [F, inputs]}
   * @param bias {@code [F]}
   * @param gate of the same shapes
   */
  record Joint(Tensor weight, Tensor bias, Optional<Joint> gate) implements Encoding {
    @Override
    public Tensor scores(Tensor x) {
      Tensor scores = torch.linear(x, weight, new TensorOptional(bias)).unsqueeze(1);
      return gate.isEmpty() ? scores : scores.mul(gate.get().scores(x).sigmoid());
    }

    @Override
    public long latents() {
      return weight.size(0);
    }

    @Override
    public long inputs() {
      return weight.size(1);
    }

    @Override
    public Stream<Tensor> tensors() {
      return Stream.concat(Stream.of(weight, bias), gate.stream().flatMap(Joint::tensors));
    }
  }

  /**
   * Each layer's latents from that layer's input.
   *
   * @param weight {@code [layers, F, d]}
   * @param bias {@code [layers, F]}
   */
  record PerLayer(Tensor weight, Tensor bias) implements Encoding {
    @Override
    public Tensor scores(Tensor x) {
      Tensor layers = x.reshape(x.size(0), weight.size(0), weight.size(2)).transpose(0, 1);
      return layers.matmul(weight.transpose(1, 2)).transpose(0, 1).add(bias);
    }

    @Override
    public long latents() {
      return weight.size(1);
    }

    @Override
    public long inputs() {
      return weight.size(0) * weight.size(2);
    }

    @Override
    public Stream<Tensor> tensors() {
      return Stream.of(weight, bias);
    }
  }
}
