package org.sememe.models.unet;

import java.io.IOException;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * A norm over groups of channels and all positions of a picture.
 *
 * @param weight {@code [channels]}
 * @param bias {@code [channels]}
 */
record GroupNorm(int groups, double eps, Tensor weight, Tensor bias) {
  static GroupNorm of(ParameterSource source, String path, int channels, int groups, double eps)
      throws IOException {
    if (channels % groups != 0) {
      throw new IllegalArgumentException(
          path + ": " + channels + " channels are not " + groups + " equal groups");
    }
    return new GroupNorm(
        groups,
        eps,
        source.parameter(path + ".weight", channels),
        source.parameter(path + ".bias", channels));
  }

  Tensor apply(Tensor x) {
    return torch.group_norm(
        x,
        groups,
        new TensorOptional(weight),
        new TensorOptional(bias),
        eps,
        /* cudnn_enabled= */ false);
  }
}
