package org.sememe.training;

/** How the gradients of a dictionary whose latents are not selected are made. */
public enum Products {
  /** Sparse where few enough pre-activations count, told by the step before; else dense. */
  AUTO,
  /** At the active (row, latent) pairs alone. */
  SPARSE,
  /** By dense products over some rows at a time. */
  DENSE
}
