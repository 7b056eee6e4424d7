package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.sememe.app.command.options.DictionaryOptions;
import org.sememe.training.TrainOptions;
import org.sememe.training.recipes.Recipe;
import org.sememe.training.recipes.Recipes;
import picocli.CommandLine;

class DictionaryOptionsTest {
  @Test
  void changesWinOverSetAndSetOverTheRecipe() {
    for (Recipe recipe : Recipes.all()) {
      DictionaryOptions given =
          CommandLine.populateCommand(
              new DictionaryOptions(),
              "--latents=64",
              "--k=4",
              "--batch=100",
              "--recipe=" + recipe.name(),
              "--set=lr=0.5",
              "--set=beta1=0.25");
      TrainOptions options = given.options(100_000, Map.of("beta1", "0.125"));
      assertThat(options.recipe()).isEqualTo(recipe.name());
      assertThat(options.lr()).hasValue(0.5);
      assertThat(options.beta1()).isEqualTo(0.125);
      TrainOptions asPublished =
          TrainOptions.of(64, 4, 100_000).with("batch", "100").with("recipe", recipe.name());
      assertThat(options).isEqualTo(asPublished.with(Map.of("lr", "0.5", "beta1", "0.125")));
    }
  }
}
