package org.sememe.diffusion.pipeline;

import java.util.Optional;
import java.util.OptionalInt;
import org.sememe.diffusion.schedule.SamplerChoice;

/**
 * Pictures of classes, and how they are drawn.
 *
 * @param labels a class a picture
 * @param steps of the sampling
 * @param guidance away from the last class, which stands for none where classes were hidden in
 *     training
 * @param side of the pictures; empty for that of training
 * @param sampler in place of the scheduler's own
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ClassRequest(
    int[] labels,
    int steps,
    Guidance guidance,
    OptionalInt side,
    Optional<SamplerChoice> sampler) {}
