package org.sememe.training;

import java.util.List;
import java.util.stream.Collectors;

/**
 * The groups whose unions from the first on are a Matryoshka dictionary's prefixes.
 *
 * @param fractions each group's share of the latents, above 0, together 1; none for a dictionary
 *     without prefixes
 */
public record Prefixes(List<Double> fractions) {
  private static final double ROOM = 1e-6;

  public Prefixes {
    fractions = List.copyOf(fractions);
    double sum = fractions.stream().mapToDouble(Double::doubleValue).sum();
    if (!fractions.isEmpty() && Math.abs(sum - 1) > ROOM) {
      throw new IllegalArgumentException("the groups' shares must make 1, not " + sum);
    }
    if (fractions.stream().anyMatch(share -> !(share > 0))) {
      throw new IllegalArgumentException("each group's share must be above 0");
    }
  }

  /** A dictionary without prefixes. */
  public static Prefixes none() {
    return new Prefixes(List.of());
  }

  @Override
  public String toString() {
    return fractions.isEmpty()
        ? "none"
        : fractions.stream().map(String::valueOf).collect(Collectors.joining(","));
  }
}
