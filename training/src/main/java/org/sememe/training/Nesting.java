package org.sememe.training;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Reconstructions that contain one another, each with a weight in the loss: stage s is made of all
 * codes of stages 0 to s.
 *
 * @param weights of the stages' mean squared errors
 * @param primary the stage that counts as the dictionary's reconstruction
 * @param rule which stage a code belongs to
 */
public record Nesting(List<Double> weights, int primary, Rule rule) {

  /** What a code's stage is told by. */
  public sealed interface Rule {
    /** All codes are of stage 0. */
    record None() implements Rule {}

    /** Codes of the {@code first} strongest latents of a row are of stage 0, the others of 1. */
    record ByRank(int first) implements Rule {}

    /**
     * Latents are cut into groups.
     *
     * @param ends the latent after each group's last, ascending
     */
    record ByLatent(List<Integer> ends) implements Rule {
      int stage(int latent) {
        int stage = 0;
        while (latent >= ends.get(stage)) {
          stage++;
        }
        return stage;
      }
    }
  }

  /** One reconstruction. */
  public static Nesting none() {
    return new Nesting(List.of(1.0), 0, new Rule.None());
  }

  /** Multi-TopK (Gao et al. 2024, section 6.2): {@code L(k) + weight L(4k)}. */
  public static Nesting multiTopK(int k, double weight) {
    return new Nesting(List.of(1.0, weight), 0, new Rule.ByRank(k));
  }

  /**
   * Matryoshka (Bussmann et al. 2025): the mean of the losses of prefixes of the dictionary.
   *
   * @param fractions each group's share of the latents; what rounding leaves goes to the last
   */
  public static Nesting matryoshka(List<Double> fractions, int latents) {
    int groups = fractions.size();
    int[] ends = new int[groups];
    double sum = 0;
    for (int group = 0; group < groups; group++) {
      sum += fractions.get(group);
      ends[group] = group + 1 == groups ? latents : (int) Math.round(sum * latents);
    }
    List<Double> weights = IntStream.range(0, groups).mapToObj(i -> 1.0 / groups).toList();
    return new Nesting(
        weights, groups - 1, new Rule.ByLatent(Arrays.stream(ends).boxed().toList()));
  }

  /** How many reconstructions. */
  public int stages() {
    return weights.size();
  }
}
