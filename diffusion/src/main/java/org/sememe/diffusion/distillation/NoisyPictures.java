package org.sememe.diffusion.distillation;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.diffusion.schedule.NoiseSchedule;
import org.sememe.diffusion.schedule.Prediction;
import org.sememe.tensors.TensorMemory;

/**
 * {@code x_t = alpha_t x0 + sigma_t eps} on tensors {@code [samples, channels, height, width]}, a
 * timestep a sample, and what a network's output at x_t means.
 */
public record NoisyPictures(NoiseSchedule schedule) {
  /** {@code x_t}. */
  public Tensor of(Tensor clean, Tensor noise, int[] timesteps) {
    return alpha(timesteps, clean).mul(clean).add(sigma(timesteps, clean).mul(noise));
  }

  /**
   * The clean pictures that an output means. Nothing is divided by alpha but for {@link
   * Prediction#EPSILON}.
   *
   * @throws IllegalArgumentException for predicted noise where alpha is 0
   */
  public Tensor clean(Prediction prediction, Tensor noisy, Tensor output, int[] timesteps) {
    return switch (prediction) {
      case SAMPLE -> output;
      case V -> alpha(timesteps, noisy).mul(noisy).sub(sigma(timesteps, noisy).mul(output));
      case EPSILON -> {
        for (int t : timesteps) {
          if (schedule.alpha(t) == 0) {
            throw new IllegalArgumentException(
                "timestep " + t + " is pure noise, where predicted noise tells nothing: predict v");
          }
        }
        yield noisy.sub(sigma(timesteps, noisy).mul(output)).div(alpha(timesteps, noisy));
      }
    };
  }

  /** The noise that an output means. */
  public Tensor noise(Prediction prediction, Tensor noisy, Tensor output, int[] timesteps) {
    return switch (prediction) {
      case EPSILON -> output;
      case V -> alpha(timesteps, noisy).mul(output).add(sigma(timesteps, noisy).mul(noisy));
      case SAMPLE -> noisy.sub(alpha(timesteps, noisy).mul(output)).div(sigma(timesteps, noisy));
    };
  }

  /** {@code [samples, 1, 1, 1]}, of the type of {@code like}. */
  public Tensor alpha(int[] timesteps, Tensor like) {
    return column(timesteps, schedule::alpha, like);
  }

  /** {@code [samples, 1, 1, 1]}, of the type of {@code like}. */
  public Tensor sigma(int[] timesteps, Tensor like) {
    return column(timesteps, schedule::sigma, like);
  }

  private static Tensor column(int[] timesteps, IntToDoubleFunction value, Tensor like) {
    return column(Arrays.stream(timesteps).mapToDouble(value).toArray(), like);
  }

  /** A number a sample, {@code [samples, 1, 1, 1]}, of the type of {@code like}. */
  static Tensor column(double[] values, Tensor like) {
    return TensorMemory.copy(
            MemorySegment.ofArray(values), ScalarType.Double, values.length, 1, 1, 1)
        .to(like.scalar_type());
  }
}
