package org.sememe.sae.design;

/** One of the reconstructions that a design's loss asks for, with the weight of its error. */
public sealed interface Reconstruction {
  /** Weight of its error in the loss. */
  double weight();

  /** That of all latents: the dictionary's own. */
  record Whole(double weight) implements Reconstruction {}

  /**
   * That of the first latents alone (Matryoshka: Bussmann et al. 2025).
   *
   * @param latents how many, at least 1
   */
  record Prefix(int latents, double weight) implements Reconstruction {
    public Prefix {
      if (latents < 1) {
        throw new IllegalArgumentException("a prefix of " + latents + " latents, need at least 1");
      }
    }
  }

  /**
   * That of {@code factor} times as many active latents (Multi-TopK: Gao et al. 2024, section 6.2).
   *
   * @param factor at least 2
   * @param skip whether a skip connection is added to it, as to the dictionary's own; sparsify
   *     leaves it out
   */
  record Wider(int factor, double weight, boolean skip) implements Reconstruction {
    public Wider {
      if (factor < 2) {
        throw new IllegalArgumentException("a factor of " + factor + ", need at least 2");
      }
    }
  }
}
