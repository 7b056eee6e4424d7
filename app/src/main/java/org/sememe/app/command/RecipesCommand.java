package org.sememe.app.command;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.terminal.Terminal;
import org.sememe.training.recipes.Recipe;
import org.sememe.training.recipes.Recipes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Lists the published recipes, or says all of one. */
@Command(
    name = "recipes",
    description =
        "List the published recipes that train, sweep and demo take by --recipe, or say every value"
            + " of one and where it comes from.",
    footer = {
      "",
      "A value is published (read in the paper), library (read in a library's code or documentation)"
          + " or ours.",
      "",
      "Examples:",
      "  sememe recipes",
      "  sememe recipes openai-topk"
    })
public final class RecipesCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;

  @Parameters(paramLabel = "NAME", arity = "0..1", description = "The recipe to say all of.")
  private Optional<String> name = Optional.empty();

  @Override
  public Integer call() {
    Terminal terminal = common.terminal();
    if (name.isPresent()) {
      Recipe recipe = common.checked(() -> Recipes.named(name.get()));
      tell(terminal, recipe);
      terminal.result(fields(recipe));
      return 0;
    }
    List<Recipe> all = Recipes.all();
    for (Recipe recipe : all) {
      terminal.say(String.format(Locale.ROOT, "%-22s %s", recipe.name(), recipe.description()));
    }
    terminal.say("");
    terminal.say("every value and where it comes from: sememe recipes NAME");
    terminal.result(Map.of("recipes", all.stream().map(RecipesCommand::fields).toList()));
    return 0;
  }

  private static void tell(Terminal terminal, Recipe recipe) {
    terminal.say(recipe.name() + ": " + recipe.description());
    terminal.say(recipe.citation());
    terminal.say("");
    recipe
        .settings()
        .forEach(
            setting ->
                terminal.say(
                    String.format(
                        Locale.ROOT,
                        "%-17s %-21s %-9s  %s",
                        setting.key(),
                        setting.value(),
                        setting.origin().key(),
                        setting.source())));
    terminal.say("");
    terminal.say("left out:");
    recipe.leftOut().forEach(line -> terminal.say("- " + line));
  }

  private static Map<String, Object> fields(Recipe recipe) {
    return new ObjectMapper()
        .convertValue(recipe, new TypeReference<LinkedHashMap<String, Object>>() {});
  }
}
