package org.sememe.app.bench;

import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The step as common trainers in Python write it, on the same libtorch: dense encoder, {@code
 * topk}, scatter into a dense {@code [batch, latents]}, dense decoder, autograd through all of it.
 */
final class DenseAutograd implements GradientRule {
  private final Optional<DenseAuxK> auxiliary;

  /** Without AuxK. */
  DenseAutograd() {
    this(Optional.empty());
  }

  /**
   * With AuxK or without.
   *
   * @param auxiliary stays the caller's
   */
  DenseAutograd(Optional<DenseAuxK> auxiliary) {
    this.auxiliary = auxiliary;
  }

  @Override
  public List<Tensor> gradients(Tensor x, RivalWeights weights, int k) {
    List<Tensor> leaves =
        List.of(weights.encoder, weights.encoderBias, weights.decoder, weights.decoderBias).stream()
            .map(weight -> weight.detach().set_requires_grad(true))
            .toList();
    TensorVector gradients;
    try (AutoGradMode mode = new AutoGradMode(true)) {
      Tensor encoder = leaves.get(0);
      Tensor decoderBias = leaves.get(3);
      Tensor hidden =
          torch.linear(x.sub(decoderBias), encoder, new TensorOptional(leaves.get(1))).relu();
      T_TensorTensor_T best = torch.topk(hidden, k, -1, true, false);
      Tensor codes = torch.zeros_like(hidden).scatter(-1, best.get1(), best.get0());
      Tensor reconstruction = codes.matmul(leaves.get(2)).add(decoderBias);
      Tensor error = x.sub(reconstruction);
      Tensor loss = error.square().sum().div(new Scalar(x.size(0)));
      if (auxiliary.isPresent()) {
        auxiliary.get().count(best.get1(), best.get0(), x.size(0));
        loss = loss.add(auxiliary.get().loss(hidden, error, leaves.get(2)));
      }
      gradients =
          torch.grad(
              new TensorVector(loss),
              new TensorVector(leaves.toArray(Tensor[]::new)),
              new TensorVector(),
              new BoolOptional(false),
              false,
              false);
    }
    return List.of(gradients.get(0), gradients.get(1), gradients.get(2), gradients.get(3));
  }
}
