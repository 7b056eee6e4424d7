package org.sememe.training;

/**
 * How the screen does.
 *
 * @param candidates latents a row whose pre-activations were computed exactly in this step, on
 *     average
 * @param recall share of the true active latents that were found at the last check
 * @param sampleRows rows that were checked
 */
public record ScreenFigures(double candidates, double recall, int sampleRows) {}
