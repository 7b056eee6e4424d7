package org.sememe.sae.design;

/** How pre-activations {@code p [n, F]} come from rows {@code u [n, d]}, before the activation. */
public sealed interface EncoderKind {

  /** One direction a latent: {@code p = W_enc u + b_enc}. */
  record Dense() implements EncoderKind {}

  /** The decoder's rows are the encoder's too: {@code p = W_dec u + b_enc}. */
  record Tied() implements EncoderKind {}

  /**
   * KronSAE (Kurochkin et al. 2025, arXiv 2505.22255): in each head h, with {@code a = max(W_P u +
   * b_P, 0)} of m and {@code b = max(W_Q u + b_Q, 0)} of n values, latent {@code (h, i, j)} is on
   * where both of its halves are:
   *
   * <pre>
   * p[h, i, j] = sqrt(a[h, i] b[h, j]) where both are above 0, else 0      (mAND)
   * </pre>
   *
   * Its number is {@code (h m + i) n + j}, so that {@code F = heads m n}, for {@code heads (m + n)}
   * directions. Biases held at 0 are the paper's equations. Where p is 0 no gradient passes.
   *
   * @param first m
   * @param second n
   */
  record Kronecker(int heads, int first, int second) implements EncoderKind {
    public Kronecker {
      if (heads < 1 || first < 1 || second < 1) {
        throw new IllegalArgumentException(
            "%d heads of %d by %d latents, need at least 1 of each"
                .formatted(heads, first, second));
      }
      Math.multiplyExact(Math.multiplyExact(heads, first), second);
    }

    /** F. */
    public int latents() {
      return heads * first * second;
    }
  }

  /**
   * Switch SAE (Mudide et al. 2024, arXiv 2410.08201): with {@code q = softmax(W_router (x -
   * b_router))}, a row has the latents of the expert {@code e = argmax q} alone:
   *
   * <pre>
   * p = q[e] (W_enc u + b_enc) for the latents [e F / experts, (e + 1) F / experts), else 0
   * </pre>
   *
   * so that the router learns through the output it scales. Rows x are those after the input's
   * norm. The loss has the term {@code balance} of {@link #balance} weight, {@code experts sum_e
   * f_e q_e}, with f_e the share of rows that go to e, a constant, and q_e the mean of q[e]: 1
   * where balanced. The authors hold b_enc at 0.
   *
   * @param experts divides the number of latents
   * @param balance at least 0; the authors' is 0.01 d for errors summed over d
   */
  record Switch(int experts, double balance) implements EncoderKind {
    public Switch {
      if (experts < 1 || !(balance >= 0)) {
        throw new IllegalArgumentException(
            "%d experts, balance %s: need at least 1 and 0".formatted(experts, balance));
      }
    }
  }
}
