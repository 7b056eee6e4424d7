package org.sememe.training;

import java.util.Optional;

/**
 * Losses of a dictionary's parts, and one that brings latents back, which the fused step does not
 * have.
 *
 * @param hierarchical numbers of active latents, the strongest of each row's, whose errors' mean is
 *     the loss (HierarchicalTopK: Balagansky et al. 2025): {@code all} from 1 to k, or some such as
 *     {@code 8,16,32}; with topk, batchtopk and abstopk. Default none
 * @param randomPrefixes Matryoshka's prefixes drawn anew each step ({@link
 *     org.sememe.sae.design.RandomPrefixes}), so many with the whole; 0 for none. Default 0
 * @param ghosts weight of ghost gradients for dead latents ({@link
 *     org.sememe.sae.design.GhostGradients}); 0 for none. Default 0
 */
public record Levels(Budgets hierarchical, int randomPrefixes, double ghosts)
    implements OptionGroup {
  public Levels {
    TrainOptions.require(randomPrefixes >= 0, "random-prefixes", "0 (off) or above");
    TrainOptions.require(ghosts >= 0, "ghosts", "0 (off) or above");
    TrainOptions.require(
        randomPrefixes == 0 || hierarchical.equals(Budgets.none()),
        "random-prefixes",
        "0 (off) with hierarchical");
  }

  /** None. */
  public static Levels none() {
    return new Levels(Budgets.none(), 0, 0);
  }

  /** The first that is asked for, by its option's name. */
  Optional<String> asked() {
    if (!hierarchical.equals(Budgets.none())) {
      return Optional.of("hierarchical");
    }
    if (randomPrefixes > 0) {
      return Optional.of("random-prefixes");
    }
    return ghosts > 0 ? Optional.of("ghosts") : Optional.empty();
  }
}
