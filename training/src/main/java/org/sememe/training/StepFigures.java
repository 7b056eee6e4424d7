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
 */
record StepFigures(
    double loss,
    double squaredError,
    double auxLoss,
    double fvu,
    double l0,
    int dead,
    double learningRate,
    double gradientNorm) {}
