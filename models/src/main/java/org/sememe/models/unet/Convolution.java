package org.sememe.models.unet;

import java.io.IOException;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * A convolution with zeros around the picture.
 *
 * @param weight {@code [out, in, kernel, kernel]}
 * @param bias {@code [out]}
 */
record Convolution(Tensor weight, Tensor bias, int stride, int padding) {
  /** One that keeps the size: the kernel is odd. */
  static Convolution same(ParameterSource source, String path, int in, int out, int kernel)
      throws IOException {
    return of(source, path, in, out, kernel, 1, kernel / 2);
  }

  static Convolution of(
      ParameterSource source, String path, int in, int out, int kernel, int stride, int padding)
      throws IOException {
    return new Convolution(
        source.parameter(path + ".weight", out, in, kernel, kernel),
        source.parameter(path + ".bias", out),
        stride,
        padding);
  }

  Tensor apply(Tensor x) {
    return torch.conv2d(
        x,
        weight,
        new TensorOptional(bias),
        new long[] {stride, stride},
        new long[] {padding, padding},
        new long[] {1, 1},
        1);
  }
}
