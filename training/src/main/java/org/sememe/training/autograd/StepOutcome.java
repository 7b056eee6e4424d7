package org.sememe.training.autograd;

import java.util.Map;

/**
 * What a step saw.
 *
 * @param loss the total, a mean over the chunks
 * @param terms of the loss by name, before their weights, means over the chunks
 * @param squaredError mean over rows of {@code |target - reconstruction|^2}
 * @param active mean number of active latents a row
 * @param gradientNorm of all gradients, projected but not clipped
 * @param dead latents that were dead in the loss; where it has no term for them, after the batch
 */
public record StepOutcome(
    double loss,
    Map<String, Double> terms,
    double squaredError,
    double active,
    double gradientNorm,
    long dead) {
  /** That of a batch whose loss is not finite. */
  public static StepOutcome broken() {
    return new StepOutcome(Double.NaN, Map.of(), Double.NaN, Double.NaN, Double.NaN, 0);
  }
}
