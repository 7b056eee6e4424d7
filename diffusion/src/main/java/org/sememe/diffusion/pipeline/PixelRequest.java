package org.sememe.diffusion.pipeline;

import java.util.Optional;
import java.util.OptionalInt;
import org.sememe.diffusion.schedule.SamplerChoice;

/**
 * Pictures of classes or captions, and how they are drawn.
 *
 * @param subjects one a picture
 * @param steps of the sampling
 * @param guidance away from what stands for none (the last class, or no caption) where subjects
 *     were hidden in training
 * @param side of the pictures; empty for that of training
 * @param sampler in place of the scheduler's own
 */
public record PixelRequest(
    Subjects subjects,
    int steps,
    Guidance guidance,
    OptionalInt side,
    Optional<SamplerChoice> sampler) {}
