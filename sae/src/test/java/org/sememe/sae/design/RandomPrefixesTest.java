package org.sememe.sae.design;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RandomPrefixesTest {
  private static final long SEED = 41;
  private static final int LATENTS = 50;

  private static List<Integer> lengths(RandomPrefixes rule, long step) {
    return rule.at(step, LATENTS, 1).stream()
        .filter(Reconstruction.Prefix.class::isInstance)
        .map(level -> ((Reconstruction.Prefix) level).latents())
        .toList();
  }

  @Test
  void aStepsPrefixesAreItsOwnAndEndWithTheWhole() {
    RandomPrefixes rule = new RandomPrefixes(5, 3, 0.5, SEED);
    List<Reconstruction> seventh = rule.at(7, LATENTS, 2);
    assertThat(seventh).hasSize(5).last().isEqualTo(new Reconstruction.Whole(0.4));
    assertThat(seventh).allSatisfy(level -> assertThat(level.weight()).isEqualTo(0.4));
    assertThat(lengths(rule, 7)).hasSize(4).isSorted().doesNotHaveDuplicates();
    assertThat(rule.at(8, LATENTS, 2)).isNotEqualTo(seventh);
    assertThat(rule.at(7, LATENTS, 2)).isEqualTo(seventh);
    assertThat(new RandomPrefixes(5, 3, 0.5, SEED + 1).at(7, LATENTS, 2)).isNotEqualTo(seventh);
  }

  @Test
  void lengthsAreDrawnByTheirPower() {
    System.out.println("Random prefixes: seed " + SEED);
    int least = 3;
    int steps = 20_000;
    for (double power : new double[] {0.5, 1, 2}) {
      RandomPrefixes rule = new RandomPrefixes(2, least, power, SEED);
      List<Integer> drawn =
          LongStream.range(0, steps).mapToObj(step -> lengths(rule, step).getFirst()).toList();
      assertThat(drawn).allSatisfy(m -> assertThat(m).isBetween(least, LATENTS - 1));
      for (int m : new int[] {3, 5, 12, 30, 48}) {
        double share = drawn.stream().filter(length -> length <= m).count() / (double) steps;
        double expected = Math.pow((m - least + 1.0) / (LATENTS - least), power);
        double deviation = Math.sqrt(expected * (1 - expected) / steps);
        assertThat(share)
            .as("power %s, at most %d", power, m)
            .isCloseTo(expected, within(4.5 * deviation + 1e-9));
      }
    }
  }

  @Test
  void allLengthsCanBeAskedForButNoMore() {
    assertThat(lengths(new RandomPrefixes(LATENTS, 1, 0.5, SEED), 0))
        .hasSize(LATENTS - 1)
        .startsWith(1)
        .endsWith(LATENTS - 1);
    assertThatThrownBy(() -> new RandomPrefixes(LATENTS + 1, 1, 0.5, SEED).at(0, LATENTS, 1))
        .hasMessage("50 latents have no 51 different prefixes of at least 1: ask for fewer levels");
  }
}
