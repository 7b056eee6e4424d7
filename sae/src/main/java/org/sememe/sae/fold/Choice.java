package org.sememe.sae.fold;

/** How active latents are chosen, as far as folding must know. */
public enum Choice {
  /** Each latent by its own pre-activation: ReLU, JumpReLU. A latent can be rescaled alone. */
  EACH,
  /** Latents are compared: TopK and its kin. All can be rescaled, but only by one factor. */
  COMPARED,
  /** By what is left of the input after the decoder rows chosen before: matching pursuit. */
  PURSUIT
}
