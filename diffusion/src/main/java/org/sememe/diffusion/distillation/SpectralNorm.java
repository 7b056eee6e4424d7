package org.sememe.diffusion.distillation;

import java.io.IOException;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.sememe.models.unet.ParameterSource;

/**
 * A weight over an estimate of its largest singular value, by one power iteration a use (Miyato et
 * al. 2018). The rows of {@code [outputs, ...]} are a matrix.
 *
 * @param u {@code [outputs]}, turned in place
 * @param v {@code [inputs]}, turned in place
 */
record SpectralNorm(Tensor u, Tensor v) {
  private static final double LENGTH_EPS = 1e-12;

  /** With a source's vectors {@code NAME_u} and {@code NAME_v}. */
  static SpectralNorm of(ParameterSource vectors, String name, long outputs, long inputs)
      throws IOException {
    return new SpectralNorm(
        vectors.parameter(name + "_u", outputs), vectors.parameter(name + "_v", inputs));
  }

  /** The normed weight, in the caller's scope; {@code turning} iterates first. */
  Tensor normed(Tensor weight, boolean turning) {
    Tensor matrix = weight.reshape(weight.size(0), -1);
    if (turning) {
      try (AutoGradMode off = new AutoGradMode(false)) {
        v.copy_(unit(matrix.t().mv(u)));
        u.copy_(unit(matrix.mv(v)));
      }
    }
    // Copies: the next use turns the vectors in place, and this one's graph needs them.
    return weight.div(u.clone().dot(matrix.mv(v.clone())));
  }

  private static Tensor unit(Tensor x) {
    return x.div(x.norm().clamp_min(new Scalar(LENGTH_EPS)));
  }
}
