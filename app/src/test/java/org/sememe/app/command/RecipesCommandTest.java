package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.sememe.training.TrainOptions;
import org.sememe.training.recipes.Recipe;
import org.sememe.training.recipes.Recipes;

class RecipesCommandTest {
  @Test
  void theListHasEveryRecipe() {
    Sememe listed = Sememe.run("recipes");
    assertThat(listed.exitCode()).isZero();
    for (Recipe recipe : Recipes.all()) {
      assertThat(listed.out()).contains(recipe.name()).contains(recipe.description());
    }
  }

  @Test
  void whatJsonSaysIsWhatARunGets() throws IOException {
    TrainOptions base = TrainOptions.of(64, 4, 100_000);
    JsonNode all = Sememe.json("recipes").path("recipes");
    assertThat(all).hasSize(Recipes.all().size());
    for (JsonNode recipe : all) {
      Map<String, String> settings = new LinkedHashMap<>();
      for (JsonNode setting : recipe.path("settings")) {
        settings.put(setting.path("key").asText(), setting.path("value").asText());
        assertThat(setting.path("origin").asText()).isIn("published", "library", "ours");
        assertThat(setting.path("source").asText()).isNotBlank();
      }
      assertThat(recipe.path("left_out")).isNotEmpty();
      String name = recipe.path("name").asText();
      assertThat(base.with(settings).with(Map.of()).toMap())
          .containsAllEntriesOf(without(base.with("recipe", name).toMap()));
      assertThat(Sememe.json("recipes", name)).isEqualTo(recipe);
    }
  }

  private static Map<String, String> without(Map<String, String> options) {
    Map<String, String> rest = new LinkedHashMap<>(options);
    rest.remove("recipe");
    return rest;
  }

  @Test
  void oneSaysEverySource() {
    Recipe recipe = Recipes.all().getFirst();
    Sememe one = Sememe.run("recipes", recipe.name());
    assertThat(one.exitCode()).isZero();
    recipe
        .settings()
        .forEach(s -> assertThat(one.out()).contains(s.key()).contains(s.value(), s.source()));
    recipe.leftOut().forEach(line -> assertThat(one.out()).contains(line));
  }

  @Test
  void anUnknownNameIsWrongUsage() {
    Sememe unknown = Sememe.run("recipes", "nobody-1999");
    assertThat(unknown.exitCode()).isEqualTo(2);
    assertThat(unknown.errLines().getFirst()).contains("nobody-1999").contains("openai-topk");
  }
}
