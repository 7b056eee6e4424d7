package org.sememe.training;

/**
 * What one step measured on its batch, before its update.
 *
 * @param loss squared error and weighted auxiliary loss
 * @param squaredError mean over rows of {@code |x - reconstruction|^2}
 * @param auxLoss the auxiliary loss before its weight; 0 where no latent is dead
 * @param fvu fraction of the batch's variance left unexplained
 * @param l0 mean number of active latents a row
 * @param dead latents that have not fired for the plan's number of rows, this batch included
 * @param learningRate of this step's update
 * @param gradientNorm of the whole gradient, after projection and before clipping
 * @param times where the step's time went
 */
public record StepFigures(
    double loss,
    double squaredError,
    double auxLoss,
    double fvu,
    double l0,
    int dead,
    double learningRate,
    double gradientNorm,
    Times times) {

  /**
   * Nanoseconds by part.
   *
   * @param encode the dense product
   * @param select finding each row's active latents in it
   * @param decode reconstructions, the error and its measures
   * @param gradients sorting by latent, the gradients' rows, the auxiliary loss
   * @param optimiser projection, norm, Adam, the decoder's norm, counters
   */
  public record Times(long encode, long select, long decode, long gradients, long optimiser) {}
}
