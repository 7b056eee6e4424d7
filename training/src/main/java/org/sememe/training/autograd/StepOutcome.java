package org.sememe.training.autograd;

import java.util.Map;

/**
 * What a step saw.
 *
 * @param loss the total, a mean over the chunks
 * @param terms of the loss by name, before their weights, means over the chunks
 * @param gradientNorm of all gradients, projected but not clipped
 * @param dead latents that were dead in the loss
 */
public record StepOutcome(double loss, Map<String, Double> terms, double gradientNorm, long dead) {}
