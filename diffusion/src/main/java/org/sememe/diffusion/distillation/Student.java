package org.sememe.diffusion.distillation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.sememe.diffusion.schedule.Prediction;

/**
 * A denoiser that goes to a picture in one step, from any of a few noise levels.
 *
 * @param prediction what its output is; {@link Prediction#EPSILON} cannot start from pure noise
 */
public record Student(NoisyPictures noisy, Denoiser network, Prediction prediction) {
  /**
   * The timesteps 250, 500, 750 and 1000 of 1,000, counted from 1, or the same shares of another
   * schedule's: four of which the last is pure noise under zero terminal SNR. The paper gives the
   * last alone.
   */
  public static int[] usualTimesteps(int trained) {
    int[] timesteps = new int[4];
    for (int i = 0; i < timesteps.length; i++) {
      timesteps[i] = (int) ((long) trained * (i + 1) / timesteps.length) - 1;
    }
    return timesteps;
  }

  /** Pictures from noisy ones, one step. */
  public Tensor draw(Tensor noised, int[] timesteps, int[] labels) {
    return noisy.clean(prediction, noised, network.predict(noised, timesteps, labels), timesteps);
  }

  /**
   * Pictures from noise alone: draw, add noise of the next level, draw again.
   *
   * @param timesteps falling, the first pure noise
   * @param noises one a timestep, {@code [samples, channels, height, width]}
   * @return the pictures after each step
   */
  public List<Tensor> sample(int[] timesteps, List<Tensor> noises, int[] labels) {
    List<Tensor> drawn = new ArrayList<>();
    for (int i = 0; i < timesteps.length; i++) {
      int[] all = new int[labels.length];
      Arrays.fill(all, timesteps[i]);
      Tensor start = i == 0 ? noises.getFirst() : noisy.of(drawn.getLast(), noises.get(i), all);
      drawn.add(draw(start, all, labels));
    }
    return drawn;
  }
}
