package org.sememe.sae.design;

/** How long a decoder row is, wherever a design weighs latents by their decoder rows. */
public sealed interface RowNorm {

  /** Its norm. */
  record Whole() implements RowNorm {}

  /**
   * A crosscoder's (Lindsey et al. 2024): a row is what a latent writes at several hook points, or
   * in several models, one block of {@code d_out / hooks} after the other, and its length the sum
   * of the blocks' norms, so that a latent that is at one hook point alone costs no more than
   * there. Rows x hold the same blocks; encoders add up over hook points, errors too.
   */
  record ByHook(int hooks) implements RowNorm {
    public ByHook {
      if (hooks < 1) {
        throw new IllegalArgumentException(hooks + " hook points, need at least 1");
      }
    }
  }
}
