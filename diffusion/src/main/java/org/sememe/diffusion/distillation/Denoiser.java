package org.sememe.diffusion.distillation;

import org.bytedeco.pytorch.Tensor;

/** A network that predicts what a noisy picture is made of. */
@FunctionalInterface
public interface Denoiser {
  /**
   * Its output, of the pictures' shape, in the caller's scope.
   *
   * @param noisy {@code [samples, channels, height, width]}
   * @param timesteps of the noise schedule, from 0, one a sample
   * @param labels a subject a sample (its class or caption by number), or one that stands for none
   */
  Tensor predict(Tensor noisy, int[] timesteps, int[] labels);
}
