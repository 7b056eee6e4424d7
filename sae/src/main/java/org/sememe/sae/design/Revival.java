package org.sememe.sae.design;

/** A loss by which dead latents learn. */
public sealed interface Revival permits DeadLatents, GhostGradients {
  /** In the loss, at least 0. */
  double weight();

  /** Whether a latent that fires in this batch is not dead. */
  boolean sparesFired();
}
