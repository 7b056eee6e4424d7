package org.sememe.training.autograd;

import java.util.Optional;
import java.util.OptionalDouble;
import org.sememe.training.optimiser.DecoderConstraint;

/**
 * What a step does besides the loss and the optimiser.
 *
 * @param constraint of the decoder's rows
 * @param clip the largest norm of all gradients together, above 0; empty for no clipping
 * @param positiveThresholds whether JumpReLU's thresholds are kept at least 0 (SAELens)
 * @param dead how silent latents are counted
 * @param threshold the running threshold for inference, if there is to be one
 */
public record StepRules(
    DecoderConstraint constraint,
    OptionalDouble clip,
    boolean positiveThresholds,
    SilenceRule dead,
    Optional<ThresholdRule> threshold) {}
