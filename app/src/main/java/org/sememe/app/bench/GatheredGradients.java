package org.sememe.app.bench;

import java.util.List;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * The step as sparsify does it without its GPU kernels: dense encoder and {@code topk}, then
 * gradients at the active latents only, through gathered tensors {@code [batch, k, d]} that are
 * added up by index.
 */
final class GatheredGradients implements GradientRule {
  @Override
  public List<Tensor> gradients(Tensor x, RivalWeights weights, int k) {
    try (AutoGradMode mode = new AutoGradMode(false)) {
      Tensor u = x.sub(weights.decoderBias);
      Tensor hidden =
          torch.linear(u, weights.encoder, new TensorOptional(weights.encoderBias)).relu_();
      T_TensorTensor_T best = torch.topk(hidden, k, -1, true, false);
      Tensor values = best.get0();
      Tensor flat = best.get1().flatten();
      Tensor picked = weights.decoder.index_select(0, flat).view(x.size(0), k, x.size(1));
      Tensor reconstruction = values.unsqueeze(1).bmm(picked).squeeze(1).add_(weights.decoderBias);
      Tensor error = reconstruction.sub_(x).mul_(new Scalar(2.0 / x.size(0)));
      Tensor atCodes = picked.bmm(error.unsqueeze(2)).squeeze(2).mul_(values.gt(new Scalar(0)));
      Tensor dDecoder = torch.zeros_like(weights.decoder);
      dDecoder.index_add_(0, flat, values.unsqueeze(2).mul(error.unsqueeze(1)).view(-1, x.size(1)));
      Tensor dEncoder = torch.zeros_like(weights.encoder);
      dEncoder.index_add_(0, flat, atCodes.unsqueeze(2).mul(u.unsqueeze(1)).view(-1, x.size(1)));
      Tensor dEncoderBias = torch.zeros_like(weights.encoderBias);
      dEncoderBias.index_add_(0, flat, atCodes.flatten());
      Tensor dDecoderBias =
          error.sum(0).sub_(dEncoderBias.unsqueeze(0).matmul(weights.encoder).squeeze(0));
      return List.of(dEncoder, dEncoderBias, dDecoder, dDecoderBias);
    }
  }
}
