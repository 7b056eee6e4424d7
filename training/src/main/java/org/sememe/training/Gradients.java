package org.sememe.training;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Gradients of all weights in native memory, shaped as the weights are. Encoder and decoder rows
 * count only for latents that had active pairs; the others hold what they held before.
 */
record Gradients(
    MemorySegment encoder,
    MemorySegment encoderBias,
    MemorySegment decoder,
    MemorySegment decoderBias) {

  static Gradients allocate(Arena arena, int latents, int width) {
    return new Gradients(
        arena.allocate(ValueLayout.JAVA_FLOAT, (long) latents * width),
        arena.allocate(ValueLayout.JAVA_FLOAT, latents),
        arena.allocate(ValueLayout.JAVA_FLOAT, (long) latents * width),
        arena.allocate(ValueLayout.JAVA_FLOAT, width));
  }
}
