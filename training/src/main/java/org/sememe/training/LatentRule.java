package org.sememe.training;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * How a row's activations come from its pre-activations, latent by latent, and how gradients go
 * back. It does the same for a few listed latents as for all. Different rows may be given to it by
 * several threads at once, each with sums of its own.
 */
sealed interface LatentRule permits ReluRule, JumpReluRule, GatedRule {
  /** The trained vectors {@code [latents]} whose gradients it makes, by name. */
  List<String> vectors();

  /** Takes in the parameters as they are before a step. */
  void begin();

  /**
   * A latent whose pre-activation is not above its limit takes no part. Float32 {@code [latents]}.
   */
  MemorySegment limits();

  /** Whether what penalties see has a memory of its own, beside the activations. */
  boolean gated();

  /** Sets the activations, and what penalties see where that has a memory of its own. */
  void activate(CodeRow row);

  /**
   * Turns the slopes at activations, and at what penalties see, into slopes at pre-activations, and
   * adds to the sums.
   *
   * @param countSlope the loss's gradient at each of the row's {@code 1[active]}
   * @param sums {@code [vectors][latents]}, the gradients of the vectors
   */
  void differentiate(CodeRow row, double countSlope, double[][] sums);
}
