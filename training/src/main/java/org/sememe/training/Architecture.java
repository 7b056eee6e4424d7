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
  /** All positive ones; a penalty makes them few (Bricken et al. 2023). */
  RELU,
  /** Those above a trained threshold of their latent (Rajamanoharan et al. 2024b). */
  JUMPRELU,
  /** Those whose gate opens (Rajamanoharan et al. 2024a). A trained dictionary is a JumpReLU. */
  GATED;

  /** Whether a number of latents is selected, as against all that are above something. */
  public boolean selects() {
    return this == TOPK || this == BATCHTOPK;
  }
}
