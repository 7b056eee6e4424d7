package org.sememe.diffusion.pipeline;

import java.util.Arrays;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.sememe.diffusion.sampling.Sampler;
import org.sememe.models.unet.PictureCondition;
import org.sememe.models.unet.Tap;
import org.sememe.models.unet.UNet;
import org.sememe.tensors.TensorMemory;

/**
 * A sampling with a U-Net: from noise to what the network knows.
 *
 * @param condition of all samples; with guidance the negative's come first
 * @param tap on the network
 */
record Denoising(UNet net, PictureCondition condition, Guidance guidance, Tap tap) {
  /** Sees each step; the tensors are gone after the call. */
  @FunctionalInterface
  interface Listener {
    /**
     * One step.
     *
     * @param input of the network, both halves with guidance
     * @param output of the network, before the halves are combined
     * @param next what the step gave, {@code [samples * channels * height * width]}
     */
    void step(int step, Tensor input, Tensor output, double[] next);
  }

  /**
   * Runs all steps.
   *
   * @param shape {@code [samples, channels, height, width]}
   * @return the last step's values, row-major
   */
  double[] run(Sampler sampler, Noise noise, long[] shape, Listener listener) {
    int size = Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact));
    double[] x = scaled(noise.start(size), sampler.startScale());
    for (int i = 0; i < sampler.steps(); i++) {
      try (PointerScope scope = new PointerScope();
          AutoGradMode off = new AutoGradMode(false)) {
        Tensor own = TensorMemory.floats(floats(scaled(x, sampler.inputScale(i))), shape);
        Tensor input = guidance.on() ? torch.cat(new TensorVector(own, own), 0) : own;
        double[] time = {sampler.levels().timesteps()[i]};
        Tensor output = net.apply(input, time, condition, tap);
        Tensor combined = guidance.on() ? guidance.combine(output) : output;
        x =
            sampler
                .step(i, x, TensorMemory.doubles(combined), step -> noise.step(step, size))
                .next();
        listener.step(i, input, output, x);
      }
    }
    return x;
  }

  private static double[] scaled(double[] values, double factor) {
    return Arrays.stream(values).map(v -> v * factor).toArray();
  }

  static float[] floats(double[] values) {
    float[] narrow = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      narrow[i] = (float) values[i];
    }
    return narrow;
  }
}
