package org.sememe.diffusion.student;

import org.sememe.tensors.RandomStream;

/**
 * Where the noise levels that are judged lie: a normal number through the logistic function is a
 * share of the timesteps (the logit-normal of Latent Adversarial Diffusion Distillation).
 *
 * @param mean before the logistic function: the higher, the more is judged in the large; 1 in the
 *     paper
 * @param deviation 1 in the paper
 */
public record LogitNormal(double mean, double deviation) {
  public LogitNormal {
    if (!Double.isFinite(mean) || !(deviation >= 0 && deviation < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "noise levels around %s, deviation %s: need numbers, the second from 0 on"
              .formatted(mean, deviation));
    }
  }

  /** A timestep from 0 on. */
  int draw(RandomStream random, int timesteps) {
    double share = 1 / (1 + Math.exp(-(mean + deviation * random.nextGaussian())));
    return Math.min(timesteps - 1, (int) (share * timesteps));
  }
}
