package org.sememe.training;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.sememe.sae.design.Reconstruction;

/**
 * Numbers of active latents whose reconstructions have a loss each.
 *
 * @param every whether all from 1 to k are meant
 * @param numbers else these; none for the loss of all active latents alone
 */
public record Budgets(boolean every, List<Integer> numbers) {
  private static final String ALL = "all";

  public Budgets {
    numbers = List.copyOf(numbers);
    for (int i = 0; i < numbers.size(); i++) {
      if (numbers.get(i) < (i == 0 ? 1 : numbers.get(i - 1) + 1)) {
        throw new IllegalArgumentException("hierarchical must be ascending numbers from 1 on");
      }
    }
  }

  /** The loss of all active latents alone. */
  public static Budgets none() {
    return new Budgets(false, List.of());
  }

  /** Reads {@code all}, {@code none} or numbers such as {@code 8,16,32}. */
  static Budgets parse(String text) {
    return switch (text) {
      case ALL -> new Budgets(true, List.of());
      case OptionText.NONE -> none();
      default ->
          new Budgets(
              false,
              Arrays.stream(text.split(",")).map(String::strip).map(Integer::valueOf).toList());
    };
  }

  /** The reconstruction that is asked for, of a dictionary with k active latents. */
  Optional<Reconstruction> of(int k, double weight) {
    if (every) {
      return Optional.of(Reconstruction.Budgets.upTo(k, weight));
    }
    return numbers.isEmpty()
        ? Optional.empty()
        : Optional.of(new Reconstruction.Budgets(numbers, weight));
  }

  @Override
  public String toString() {
    if (every) {
      return ALL;
    }
    return numbers.isEmpty()
        ? OptionText.NONE
        : numbers.stream().map(String::valueOf).collect(Collectors.joining(","));
  }
}
