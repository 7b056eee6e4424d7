package org.sememe.training;

/**
 * Which pre-activations become active in training; see {@link org.sememe.sae.design.Activation}.
 */
public enum Architecture {
  /** The k largest of each row (Gao et al. 2024). */
  TOPK,
  /**
   * The {@code n k} largest of a batch of n rows (Bussmann et al. 2024). A trained dictionary takes
   * what is above one threshold: the running mean of the least value that a batch kept.
   */
  BATCHTOPK,
  /** The k of largest magnitude of each row, with their signs. */
  ABSTOPK,
  /** The largest, where positive, of each of k groups of neighbouring latents. */
  GROUPMAX,
  /** k steps of matching pursuit on the decoder; there is no encoder (Costa et al. 2025). */
  MATCHING_PURSUIT,
  /** k steps of orthogonal matching pursuit, whose activations are fitted anew after each. */
  OMP,
  /** All positive ones; a penalty makes them few (Bricken et al. 2023). */
  RELU,
  /** Those above a trained threshold of their latent (Rajamanoharan et al. 2024b). */
  JUMPRELU,
  /** Those whose gate opens (Rajamanoharan et al. 2024a). A trained dictionary is a JumpReLU. */
  GATED,
  /** As a user's own {@link org.sememe.sae.design.CustomActivation} says. */
  OWN;

  /** Whether a number of latents is selected, as against all that are above something. */
  public boolean selects() {
    return switch (this) {
      case TOPK, BATCHTOPK, ABSTOPK, GROUPMAX, MATCHING_PURSUIT, OMP -> true;
      case RELU, JUMPRELU, GATED, OWN -> false;
    };
  }

  /** Whether latents are chosen by what is left of a row, without an encoder. */
  boolean pursues() {
    return this == MATCHING_PURSUIT || this == OMP;
  }

  /**
   * Whether a trained dictionary still compares latents, so that all need one and the same unit.
   */
  boolean compares() {
    return this == TOPK || this == ABSTOPK || this == GROUPMAX || this == OWN;
  }

  /** Whether a number k of pre-activations is chosen that can be another at every step. */
  boolean choosesK() {
    return this == TOPK || this == BATCHTOPK || this == ABSTOPK;
  }

  /** Whether there is a {@link TrainStep} of it. */
  boolean fused() {
    return switch (this) {
      case TOPK, BATCHTOPK, RELU, JUMPRELU, GATED -> true;
      case ABSTOPK, GROUPMAX, MATCHING_PURSUIT, OMP, OWN -> false;
    };
  }
}
