package org.sememe.app.bench;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.tensors.TensorMemory;
import org.sememe.training.TrainOptions;

/**
 * The step as common trainers in Python write it, on the same libtorch: dense encoder, {@code
 * topk}, scatter into a dense {@code [batch, latents]}, dense decoder, autograd through all of it.
 */
final class DenseAutograd implements Contender {
  private final RivalWeights weights;
  private final int batch;
  private final int width;
  private final int k;

  DenseAutograd(TrainOptions options, int width) {
    this.batch = options.batch();
    this.width = width;
    this.k = options.k();
    try (PointerScope scope = new PointerScope()) {
      this.weights = new RivalWeights(options, width);
    }
  }

  /** Its weights, which it owns. */
  RivalWeights weights() {
    return weights;
  }

  @Override
  public void step(MemorySegment rows) {
    try (PointerScope scope = new PointerScope()) {
      Tensor x = TensorMemory.tensor(rows, ScalarType.Float, batch, width);
      List<Tensor> leaves =
          List.of(weights.encoder, weights.encoderBias, weights.decoder, weights.decoderBias)
              .stream()
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
        Tensor loss = x.sub(reconstruction).square().sum().div(new Scalar(batch));
        gradients =
            torch.grad(
                new TensorVector(loss),
                new TensorVector(leaves.toArray(Tensor[]::new)),
                new TensorVector(),
                new BoolOptional(false),
                false,
                false);
      }
      weights.update(gradients.get(0), gradients.get(1), gradients.get(2), gradients.get(3));
    }
  }

  @Override
  public void close() {
    weights.close();
  }
}
