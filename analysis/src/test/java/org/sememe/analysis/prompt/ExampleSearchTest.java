package org.sememe.analysis.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ExampleSearchTest {
  private static final int DENSE = 1;

  /** A text of ten tokens, the first left out; these latents fire on the second. */
  private static PromptAnalysis text(double activation, int... latents) {
    List<PromptAnalysis.Active> active = new ArrayList<>();
    for (int latent : latents) {
      active.add(
          new PromptAnalysis.Active(
              latent,
              List.of("t" + latent),
              activation,
              10,
              latent == DENSE ? 0.9 : 0.01,
              OptionalDouble.empty()));
    }
    List<PromptAnalysis.Token> tokens = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      tokens.add(new PromptAnalysis.Token("x", i == 0, i == 1 ? active : List.of()));
    }
    return new PromptAnalysis(false, tokens, List.of());
  }

  @Test
  void whatFiresInTheTextsAndNotInTheOthersComesFirst() {
    ExampleSearch found =
        ExampleSearch.of(
            List.of(text(5, DENSE, 2, 3, 4), text(10, DENSE, 2, 3)),
            List.of(text(5, DENSE, 3), text(5, 9)));
    double chance = 1 - Math.pow(0.99, 9);
    assertThat(found.matches().stream().map(ExampleSearch.Match::latent)).containsExactly(2, 3, 4);
    ExampleSearch.Match best = found.matches().getFirst();
    assertThat(best.score()).isCloseTo(1 - chance, within(1e-12));
    assertThat(best.byChance()).isCloseTo(2 * chance, within(1e-12));
    assertThat(best.firesIn()).isEqualTo(2);
    assertThat(best.firesInOthers()).isZero();
    assertThat(best.share()).isCloseTo(0.75, within(1e-12));
    assertThat(found.matches().get(1).score())
        .isCloseTo(0.5, within(1e-12)); // in one of two others
    assertThat(found.matches().get(2).score()).isCloseTo(0.5 - chance, within(1e-12));
  }

  @Test
  void whatFiresEverywhereIsNoFind() {
    ExampleSearch alone = ExampleSearch.of(List.of(text(5, DENSE, 2)), List.of());
    assertThat(alone.matches().stream().map(ExampleSearch.Match::latent)).containsExactly(2);
    ExampleSearch against = ExampleSearch.of(List.of(text(5, 2)), List.of(text(5, 2)));
    assertThat(against.matches()).isEmpty();
  }

  @Test
  void thereAreAHundredAtMostAndATextAtLeast() {
    int[] many = Stream.iterate(2, i -> i + 1).limit(150).mapToInt(i -> i).toArray();
    assertThat(ExampleSearch.of(List.of(text(1, many)), List.of()).matches()).hasSize(100);
    assertThatThrownBy(() -> ExampleSearch.of(List.of(), List.of(text(1, 2))))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
