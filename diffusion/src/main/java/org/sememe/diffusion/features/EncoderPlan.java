package org.sememe.diffusion.features;

import java.util.List;

/**
 * What a network of pictures is, and how it is trained.
 *
 * @param channels of each tap, the finest first
 * @param steps of training
 * @param batch pictures a step, at least 2
 * @param rate Adam's learning rate at first; it falls to 0 along a cosine
 * @param seed of everything that is drawn
 */
public record EncoderPlan(List<Integer> channels, long steps, int batch, double rate, long seed) {
  public EncoderPlan {
    channels = List.copyOf(channels);
    if (steps < 0 || batch < 2 || !(rate > 0)) {
      throw new IllegalArgumentException(
          "%d steps, batches of %d, learning rate %s: need at least 0 and 2, and above 0"
              .formatted(steps, batch, rate));
    }
  }
}
