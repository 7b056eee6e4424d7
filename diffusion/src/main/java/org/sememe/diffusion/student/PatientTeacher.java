package org.sememe.diffusion.student;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.sememe.diffusion.distillation.Denoiser;
import org.sememe.diffusion.distillation.NoisyPictures;
import org.sememe.diffusion.schedule.Prediction;

/**
 * A teacher that takes several steps (DDIM without noise) from a noisy picture to its word, and
 * says it as the one output that means the same clean picture.
 *
 * @param prediction what the network's output is, and this one's; v or the clean picture
 * @param steps at least 1
 */
record PatientTeacher(NoisyPictures noisy, Denoiser network, Prediction prediction, int steps)
    implements Denoiser {
  PatientTeacher {
    if (prediction == Prediction.EPSILON && steps > 1) {
      throw new IllegalArgumentException(
          "a teacher that predicts noise takes one step here: use one that predicts v");
    }
  }

  @Override
  public Tensor predict(Tensor start, int[] timesteps, int[] labels) {
    Tensor output = network.predict(start, timesteps, labels);
    if (steps == 1) {
      return output;
    }
    int[] from = timesteps;
    Tensor x = start;
    Tensor clean = noisy.clean(prediction, x, output, from);
    for (int i = 1; i < steps; i++) {
      int left = steps - i;
      int[] to = Arrays.stream(timesteps).map(t -> (int) ((long) t * left / steps)).toArray();
      x = noisy.of(clean, noisy.noise(prediction, x, output, from), to);
      output = network.predict(x, to, labels);
      clean = noisy.clean(prediction, x, output, to);
      from = to;
    }
    return prediction == Prediction.SAMPLE
        ? clean
        : noisy.alpha(timesteps, start).mul(start).sub(clean).div(noisy.sigma(timesteps, start));
  }
}
