package org.sememe.training;

import java.util.Optional;

/**
 * What is known after a step.
 *
 * @param step steps done, from 1
 * @param steps steps of the whole run
 * @param tokens rows trained on so far
 * @param loss the whole loss of this batch, as the gradient saw it
 * @param squaredError mean over rows of {@code |x - reconstruction|^2}, of scaled inputs
 * @param auxLoss the auxiliary loss before its weight: AuxK's, 0 while no latent is dead, or
 *     Gated's
 * @param penalty the weighted penalty; 0 where latents are selected
 * @param fvu fraction of this batch's variance left unexplained
 * @param l0 mean number of active latents a row
 * @param dead latents that have not fired for {@code deadTokens}
 * @param learningRate what this step's update used
 * @param gradientNorm norm of the whole gradient after projection and before clipping
 * @param threshold inference threshold (running mean of the smallest kept value); below 0 while
 *     unset
 * @param screen how the screen did in this step, where there was one
 * @param rowsPerSecond speed since the start or the resume
 * @param skippedRows rows left out because they held a NaN or an infinity
 */
public record TrainProgress(
    long step,
    long steps,
    long tokens,
    double loss,
    double squaredError,
    double auxLoss,
    double penalty,
    double fvu,
    double l0,
    long dead,
    double learningRate,
    double gradientNorm,
    double threshold,
    Optional<ScreenFigures> screen,
    double rowsPerSecond,
    long skippedRows) {}
