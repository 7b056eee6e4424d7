package org.sememe.training;

import java.util.Optional;

/**
 * What one step measured on its batch, before its update.
 *
 * @param loss squared error, weighted penalty and auxiliary loss
 * @param squaredError mean over rows of {@code |x - reconstruction|^2}
 * @param auxLoss the auxiliary loss before its weight: AuxK's, 0 where no latent is dead, or
 *     Gated's
 * @param penalty the weighted penalty; 0 where latents are selected
 * @param fvu fraction of the batch's variance left unexplained
 * @param l0 mean number of active latents a row
 * @param dead latents that have not fired for the plan's number of rows, this batch included
 * @param learningRate of this step's update
 * @param gradientNorm of the whole gradient, after projection and before clipping
 * @param screen how the screen did, where there was one
 * @param times where the step's time went
 */
public record StepFigures(
    double loss,
    double squaredError,
    double auxLoss,
    double penalty,
    double fvu,
    double l0,
    int dead,
    double learningRate,
    double gradientNorm,
    Optional<ScreenFigures> screen,
    Times times) {

  /**
   * Nanoseconds by part.
   *
   * @param encode the dense product
   * @param select finding each row's active latents in it; with a screen, rounding to int8 and the
   *     candidates' exact pre-activations too
   * @param decode reconstructions, the error and its measures, the slopes of the codes
   * @param gradients the auxiliary loss, sorting by latent, the biases' gradients
   * @param optimiser the rows' gradients, projection, Adam, the decoder's norm, counters
   */
  public record Times(long encode, long select, long decode, long gradients, long optimiser) {
    Times plus(Times more) {
      return new Times(
          encode + more.encode,
          select + more.select,
          decode + more.decode,
          gradients + more.gradients,
          optimiser + more.optimiser);
    }

    long total() {
      return encode + select + decode + gradients + optimiser;
    }
  }
}
