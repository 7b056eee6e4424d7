package org.sememe.app.bench;

import java.lang.foreign.MemorySegment;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.tensors.TensorMemory;
import org.sememe.training.TrainOptions;

/**
 * The step as sparsify does it without its GPU kernels: dense encoder and {@code topk}, then
 * gradients at the active latents only, through gathered tensors {@code [batch, k, d]} that are
 * added up by index.
 */
final class GatheredGradients implements Contender {
  private final RivalWeights weights;
  private final int batch;
  private final int width;
  private final int k;

  GatheredGradients(TrainOptions options, int width) {
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
    try (AutoGradMode mode = new AutoGradMode(false);
        PointerScope scope = new PointerScope()) {
      Tensor x = TensorMemory.tensor(rows, ScalarType.Float, batch, width);
      Tensor u = x.sub(weights.decoderBias);
      Tensor hidden =
          torch.linear(u, weights.encoder, new TensorOptional(weights.encoderBias)).relu_();
      T_TensorTensor_T best = torch.topk(hidden, k, -1, true, false);
      Tensor values = best.get0();
      Tensor flat = best.get1().flatten();
      Tensor picked = weights.decoder.index_select(0, flat).view(batch, k, width);
      Tensor reconstruction = values.unsqueeze(1).bmm(picked).squeeze(1).add_(weights.decoderBias);
      Tensor error = reconstruction.sub_(x).mul_(new Scalar(2.0 / batch));
      Tensor atCodes = picked.bmm(error.unsqueeze(2)).squeeze(2).mul_(values.gt(new Scalar(0)));
      Tensor dDecoder = torch.zeros_like(weights.decoder);
      dDecoder.index_add_(0, flat, values.unsqueeze(2).mul(error.unsqueeze(1)).view(-1, width));
      Tensor dEncoder = torch.zeros_like(weights.encoder);
      dEncoder.index_add_(0, flat, atCodes.unsqueeze(2).mul(u.unsqueeze(1)).view(-1, width));
      Tensor dEncoderBias = torch.zeros_like(weights.encoderBias);
      dEncoderBias.index_add_(0, flat, atCodes.flatten());
      Tensor dDecoderBias =
          error.sum(0).sub_(dEncoderBias.unsqueeze(0).matmul(weights.encoder).squeeze(0));
      weights.update(dEncoder, dEncoderBias, dDecoder, dDecoderBias);
    }
  }

  @Override
  public void close() {
    weights.close();
  }
}
