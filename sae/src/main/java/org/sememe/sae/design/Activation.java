package org.sememe.sae.design;

/**
 * How activations z come from pre-activations {@code p = W_enc (x - b_dec) + b_enc} while a
 * dictionary is trained, and how gradients pass the choice. One record a rule.
 */
public sealed interface Activation {

  /** All positive ones: {@code z = max(p, 0)}. */
  record Relu() implements Activation {}

  /** The k largest positive ones of each row (Gao et al. 2024, section 2.3). */
  record TopK(int k) implements Activation {
    public TopK {
      requireK(k);
    }
  }

  /** The k of largest magnitude of each row, with their signs. */
  record AbsTopK(int k) implements Activation {
    public AbsTopK {
      requireK(k);
    }
  }

  /**
   * The {@code n k} largest positive ones of a batch of n rows, rounded down (Bussmann et al.
   * 2024).
   *
   * @param k mean number of active latents a row; need not be whole
   */
  record BatchTopK(double k) implements Activation {
    public BatchTopK {
      if (!(k > 0) || !Double.isFinite(k)) {
        throw new IllegalArgumentException("k is " + k + ", need above 0");
      }
    }
  }

  /** The largest, where positive, of each of k groups of neighbouring latents. */
  record GroupMax(int k) implements Activation {
    public GroupMax {
      requireK(k);
    }
  }

  /**
   * {@code z = p 1[p > theta]} with a trained threshold a latent (Rajamanoharan et al. 2024b). With
   * {@code K = 1[|p - theta| < bandwidth / 2]} and g the gradient at z, the threshold's is {@code
   * -theta / bandwidth K g}.
   *
   * @param bandwidth of the rectangle, above 0
   * @param through what else the rectangle's gradient reaches
   */
  record JumpRelu(double bandwidth, StraightThrough through) implements Activation {
    public JumpRelu {
      if (!(bandwidth > 0)) {
        throw new IllegalArgumentException("bandwidth is " + bandwidth + ", need above 0");
      }
    }
  }

  /** What a straight-through gradient reaches. */
  enum StraightThrough {
    /** The thresholds alone (DeepMind). */
    THRESHOLDS,
    /** The pre-activations too, with the opposite sign (Anthropic, January 2025). */
    ALL
  }

  /**
   * Gated (Rajamanoharan et al. 2024a): {@code pi = W_enc u + b_gate}, {@code z = 1[pi > 0]
   * max(exp(r_mag) W_enc u + b_mag, 0)}. Penalties see {@code max(pi, 0)}, and so does an auxiliary
   * reconstruction with the decoder and b_dec held constant: {@code |x - (max(pi, 0) W_dec +
   * b_dec)|^2}.
   */
  record Gated() implements Activation {}

  /**
   * Matching pursuit, without an encoder: with r = u at first, repeat {@code j = argmax max(W_dec
   * r, 0)}, {@code v = max(W_dec[j] r, 0)}, {@code z_j += v}, {@code r -= v W_dec[j]}. The gradient
   * passes through values and residuals, not through the choice (Costa et al. 2025; SAELens).
   *
   * @param iterations at most, for each row
   * @param residualNorm a row stops once its residual's norm is below
   * @param stopsOnRepeat a row also stops once an iteration adds no latent to its active ones
   */
  record MatchingPursuit(int iterations, double residualNorm, boolean stopsOnRepeat)
      implements Activation {
    public MatchingPursuit {
      if (iterations < 1 || !(residualNorm >= 0)) {
        throw new IllegalArgumentException(
            "matching pursuit needs at least 1 iteration and a residual norm of at least 0, not "
                + iterations
                + " and "
                + residualNorm);
      }
    }
  }

  /**
   * Orthogonal matching pursuit, without an encoder: k times the decoder row whose product with
   * what is left of u is largest in magnitude, and z is the least-squares fit of the chosen, of
   * either sign, anew after each (Pati et al. 1993). For the rows that are chosen z has the least
   * error, so that held constant it leaves the error's gradients as they are.
   *
   * @param k rows chosen, at least 1
   */
  record OrthogonalPursuit(int k) implements Activation {
    public OrthogonalPursuit {
      requireK(k);
    }
  }

  /** Whether it chooses by what is left of a row, without an encoder. */
  default boolean pursues() {
    return this instanceof MatchingPursuit || this instanceof OrthogonalPursuit;
  }

  /** A user's own rule, differentiated as it is written. */
  record Custom(CustomActivation rule) implements Activation {}

  private static void requireK(int k) {
    if (k < 1) {
      throw new IllegalArgumentException("k is " + k + ", need at least 1");
    }
  }
}
