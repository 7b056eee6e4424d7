package org.sememe.sae;

import java.util.OptionalInt;
import org.sememe.sae.design.OwnPiece;

/** Which pre-activations become activations. One record a rule; a saved dictionary names its. */
public sealed interface Sparsity {
  /** The name in files, such as {@code topk}. */
  String key();

  /** How many latents a row may have active at most, where the rule says so. */
  default OptionalInt fixedK() {
    return switch (this) {
      case TopK(int k) -> OptionalInt.of(k);
      case AbsTopK(int k) -> OptionalInt.of(k);
      case GroupMax(int k) -> OptionalInt.of(k);
      case Omp(int k, double _) -> OptionalInt.of(k);
      case Relu _, JumpRelu _, MatchingPursuit _, Own _ -> OptionalInt.empty();
    };
  }

  /**
   * The k largest positive pre-activations of each row (Gao et al. 2024); of equal ones the lowest
   * latent counts as larger.
   */
  record TopK(int k) implements Sparsity {
    public TopK {
      requirePositive("k", k);
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

  /**
   * The k pre-activations of largest magnitude of each row, with their signs; of equal ones the
   * lowest latent counts as larger.
   */
  record AbsTopK(int k) implements Sparsity {
    public AbsTopK {
      requirePositive("k", k);
    }

    @Override
    public String key() {
      return "abstopk";
    }
  }

  /** The largest, where positive, of each of k equal groups of neighbouring latents. */
  record GroupMax(int k) implements Sparsity {
    public GroupMax {
      requirePositive("k", k);
    }

    @Override
    public String key() {
      return "groupmax";
    }
  }

  /**
   * Matching pursuit, as SAELens's: the decoder row with the largest positive product with what is
   * left of the input takes its share of it, again and again; a latent chosen twice adds up.
   *
   * @param mostSteps at most so many steps
   * @param residualThreshold a row stops once less than this norm is left; 0 for never
   * @param stopOnRepeat whether a row stops with the first latent that is chosen again
   */
  record MatchingPursuit(int mostSteps, double residualThreshold, boolean stopOnRepeat)
      implements Sparsity {
    public MatchingPursuit {
      requirePositive("steps", mostSteps);
      requireThreshold(residualThreshold);
    }

    @Override
    public String key() {
      return "matching_pursuit";
    }
  }

  /**
   * Orthogonal matching pursuit: up to k decoder rows, each the one whose product with what is left
   * is largest in magnitude; activations are the least-squares fit of the chosen, of either sign.
   *
   * @param k at most so many
   * @param residualThreshold a row stops once less than this norm is left; 0 for never
   */
  record Omp(int k, double residualThreshold) implements Sparsity {
    public Omp {
      requirePositive("k", k);
      requireThreshold(residualThreshold);
    }

    @Override
    public String key() {
      return "omp";
    }
  }

  /**
   * A user's own rule ({@link org.sememe.sae.design.CustomActivation}), found by {@link
   * org.sememe.sae.design.Pieces#here} when rows are encoded: {@code z = rule(scale p) / scale}.
   *
   * @param scale what inputs were multiplied by where it was trained: the rule need not commute
   *     with a scale, so that this cannot be folded
   */
  record Own(OwnPiece piece, double scale) implements Sparsity {
    public Own {
      if (!(scale > 0) || !Double.isFinite(scale)) {
        throw new IllegalArgumentException("scale is " + scale + ", need above 0");
      }
    }

    @Override
    public String key() {
      return "own";
    }
  }

  private static void requirePositive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " is " + value + ", need at least 1");
    }
  }

  private static void requireThreshold(double value) {
    if (!(value >= 0) || !Double.isFinite(value)) {
      throw new IllegalArgumentException("residual threshold is " + value + ", need 0 or above");
    }
  }
}
