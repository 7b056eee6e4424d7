package org.sememe.sae.design;

import java.util.List;
import java.util.stream.IntStream;

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

  /**
   * Those of several budgets (HierarchicalTopK: Balagansky et al. 2025, arXiv 2505.24473): for each
   * budget k that of the k strongest active latents of each row, strength being the activation's
   * magnitude. The term is the mean of their errors. What is chosen within a row's active latents
   * is a row's, so that a budget above the activation's own k adds nothing.
   *
   * @param budgets ascending, at least 1
   */
  record Budgets(List<Integer> budgets, double weight) implements Reconstruction {
    public Budgets {
      budgets = List.copyOf(budgets);
      if (budgets.isEmpty() || budgets.getFirst() < 1) {
        throw new IllegalArgumentException("budgets " + budgets + ", need at least 1");
      }
      for (int i = 1; i < budgets.size(); i++) {
        if (budgets.get(i) <= budgets.get(i - 1)) {
          throw new IllegalArgumentException("budgets " + budgets + ", need ascending ones");
        }
      }
    }

    /** Every budget from 1 to k, as published. */
    public static Budgets upTo(int k, double weight) {
      return new Budgets(IntStream.rangeClosed(1, k).boxed().toList(), weight);
    }
  }
}
