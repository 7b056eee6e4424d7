package org.sememe.training.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sememe.training.TrainOptions;

class RecipesTest {
  private static final Set<String> CALLERS =
      Set.of("latents", "k", "tokens", "batch", "seed", "non-finite", "recipe");

  static Stream<Recipe> all() {
    return Recipes.all().stream();
  }

  private static TrainOptions base() {
    return TrainOptions.of(64, 4, 6_400).with("batch", "64");
  }

  @ParameterizedTest
  @MethodSource("all")
  void everyValueIsValidAndHasASource(Recipe recipe) {
    assertThat(recipe.citation()).isNotBlank();
    assertThat(recipe.description()).isNotBlank();
    assertThat(recipe.leftOut()).isNotEmpty().allMatch(line -> line.endsWith("."));
    assertThat(recipe.settings()).isNotEmpty();
    for (Setting setting : recipe.settings()) {
      assertThat(setting.source()).as(setting.key()).isNotBlank();
      assertThat(CALLERS).doesNotContain(setting.key());
      assertThat(base().toMap()).containsKey(setting.key());
    }
    TrainOptions options = base().with("recipe", recipe.name());
    assertThat(options.recipe()).isEqualTo(recipe.name());
    assertThat(options.plan(16).schedule().steps()).isEqualTo(100);
    Map<String, String> wanted =
        new java.util.LinkedHashMap<>(base().with(recipe.values()).toMap());
    wanted.put("recipe", recipe.name());
    assertThat(options.toMap()).isEqualTo(wanted);
  }

  @ParameterizedTest
  @MethodSource("all")
  void optionsSurviveTheirText(Recipe recipe) {
    TrainOptions options = base().with(Map.of("recipe", recipe.name(), "lr", "0.25"));
    TrainOptions read = TrainOptions.of(1, 1, 1).with(options.toMap());
    assertThat(read).isEqualTo(options);
    assertThat(read.lr()).hasValue(0.25);
    assertThat(options.with("recipe", recipe.name())).isEqualTo(options);
  }

  @ParameterizedTest
  @MethodSource("all")
  void everyBudgetHasRoomForItsWarmUps(Recipe recipe) {
    for (long tokens : List.of(1L, 64L, 65L, 640L, 1_000_000L, 10_000_000_000L)) {
      TrainOptions options =
          TrainOptions.of(64, 4, tokens).with(Map.of("batch", "64", "recipe", recipe.name()));
      assertThat(options.plan(16).schedule().steps()).isEqualTo(Math.ceilDiv(tokens, 64));
    }
  }

  @Test
  void whatIsSaidWins() {
    TrainOptions options =
        base().with(Map.of("clip", "0.5", "recipe", "anthropic-2024-04", "decay-steps", "10%"));
    assertThat(options.clip()).isEqualTo(0.5);
    assertThat(options.decaySteps()).hasValue(10);
    assertThat(options.penaltyWarmup()).hasValue(5);
  }

  @Test
  void sharesAreOfTheRunAsItEndsUp() {
    TrainOptions options =
        base().with(Map.of("warmup-steps", "25%", "batch", "32", "dead-tokens", "50%"));
    assertThat(options.warmupSteps()).hasValue(50);
    assertThat(options.deadTokens()).hasValue(3_200);
  }

  @Test
  void wrongOnesAreRefusedByName() {
    assertThatThrownBy(() -> base().with("recipe", "gpt"))
        .hasMessageContaining("gpt")
        .hasMessageContaining("openai-topk");
    TrainOptions options = base().with("recipe", "openai-topk");
    assertThatThrownBy(() -> options.with("recipe", "batchtopk"))
        .hasMessageContaining("openai-topk already");
    assertThatThrownBy(() -> base().with("warmup-steps", "101%")).hasMessageContaining("101%");
    assertThatThrownBy(() -> base().with("warmup-steps", "x%")).hasMessageContaining("x%");
  }
}
