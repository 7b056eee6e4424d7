package org.sememe.app.command.options;

import java.util.Map;
import org.sememe.training.TrainOptions;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options of a dictionary to be trained. */
public final class DictionaryOptions {
  @Option(
      names = "--latents",
      paramLabel = "N",
      description = "Latents of the dictionary (default: ${DEFAULT-VALUE}).")
  private int latents = 4608;

  @Option(
      names = "--k",
      paramLabel = "N",
      description = "Active latents a token (default: ${DEFAULT-VALUE}).")
  private int k = 32;

  @Mixin private RecipeOptions recipe = new RecipeOptions();

  /**
   * The options for a budget of rows.
   *
   * @throws IllegalArgumentException naming the option that is wrong
   */
  public TrainOptions options(long tokens) {
    return options(tokens, Map.of());
  }

  /**
   * The same with some changes, which win over everything else.
   *
   * @throws IllegalArgumentException naming the option that is wrong
   */
  public TrainOptions options(long tokens, Map<String, String> changes) {
    return recipe.options(latents, k, tokens, changes);
  }
}
