package org.sememe.training.optimiser;

/** An optimiser with its constants; {@link #create} makes one without a past. */
public sealed interface OptimiserChoice {
  /** A new optimiser, which the caller closes. */
  Optimiser create();

  /**
   * Adam (Kingma and Ba 2015).
   *
   * @param beta1 of the first moment, from 0 up to 1; at 0 none is kept
   * @param beta2 of the second, from 0 up to 1
   * @param epsilon added to its root, above 0
   */
  record Adam(double beta1, double beta2, double epsilon) implements OptimiserChoice {
    public Adam {
      requireShare("beta1", beta1);
      requireShare("beta2", beta2);
      requirePositive("epsilon", epsilon);
    }

    /** 0.9, 0.999 and 1e-8. */
    public static Adam usual() {
      return new Adam(0.9, 0.999, 1e-8);
    }

    @Override
    public Optimiser create() {
      return new AdamOptimiser(this);
    }
  }

  /**
   * Sign descent with schedule-free averaging (Defazio et al. 2024).
   *
   * @param momentum how far y, where gradients are taken, lies from z towards the average; above 0
   *     and below 1
   */
  record Signum(double momentum) implements OptimiserChoice {
    public Signum {
      requireShare("momentum", momentum);
      requirePositive("momentum", momentum);
    }

    /** 0.95, as sparsify. */
    public static Signum usual() {
      return new Signum(0.95);
    }

    @Override
    public Optimiser create() {
      return new SignumOptimiser(this);
    }
  }

  /**
   * Muon for matrices (Jordan et al. 2024), Adam for the rest.
   *
   * @param momentum from 0 up to 1
   * @param weightDecay matrices shrink by {@code rate * weightDecay} at each update
   * @param scale a matrix moves by {@code rate * scale * sqrt(longest side)} times an orthogonal
   *     matrix, about
   * @param rounds of Newton-Schulz, at least 1
   * @param vectors for what is no matrix
   */
  record Muon(double momentum, double weightDecay, double scale, int rounds, Adam vectors)
      implements OptimiserChoice {
    public Muon {
      requireShare("momentum", momentum);
      requirePositive("scale", scale);
      if (!(weightDecay >= 0) || rounds < 1) {
        throw new IllegalArgumentException(
            "weight decay %s and %d rounds, need at least 0 and 1".formatted(weightDecay, rounds));
      }
    }

    /** As sparsify: 0.95, 0.1, 0.2, five rounds, and the usual Adam. */
    public static Muon usual() {
      return new Muon(0.95, 0.1, 0.2, 5, Adam.usual());
    }

    @Override
    public Optimiser create() {
      return new MuonOptimiser(this);
    }
  }

  private static void requireShare(String name, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(name + " is " + value + ", need from 0 up to 1");
    }
  }

  private static void requirePositive(String name, double value) {
    if (!(value > 0) || !Double.isFinite(value)) {
      throw new IllegalArgumentException(name + " is " + value + ", need above 0");
    }
  }
}
