package org.sememe.sae;

/** Which pre-activations become activations. One record a rule; a saved dictionary names its. */
public sealed interface Sparsity {
  /** The name in files: {@code topk}, {@code relu}, {@code jumprelu}. */
  String key();

  /**
   * The k largest positive pre-activations of each row (Gao et al. 2024); of equal ones the lowest
   * latent counts as larger.
   */
  record TopK(int k) implements Sparsity {
    public TopK {
      if (k < 1) {
        throw new IllegalArgumentException("k is " + k + ", need at least 1");
      }
    }

    @Override
    public String key() {
      return "topk";
    }
  }

  /** All positive pre-activations. */
  record Relu() implements Sparsity {
    @Override
    public String key() {
      return "relu";
    }
  }

  /**
   * The pre-activations above a threshold of their latent (Rajamanoharan et al. 2024b), which the
   * dictionary keeps as a tensor {@code [latents]}.
   */
  record JumpRelu() implements Sparsity {
    @Override
    public String key() {
      return "jumprelu";
    }
  }
}
