package org.sememe.app.command.options;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.sememe.training.TrainOptions;
import picocli.CommandLine.Option;

/** How dictionaries are trained, whatever their size. */
public final class RecipeOptions {
  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Rows a step (default: ${DEFAULT-VALUE}).")
  private int batch = 2048;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of the weights and of the rows' order (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "STEPS",
      description = "Steps between checkpoints (default: 500).")
  private Optional<Long> checkpointEvery = Optional.empty();

  @Option(
      names = "--recipe",
      paramLabel = "NAME",
      description =
          "A published recipe, whose values hold where --set says nothing else; sememe recipes lists"
              + " them.")
  private Optional<String> recipe = Optional.empty();

  /** What measures best on the demo's task at equal tokens: docs/quality.md. */
  private static final String DEFAULT_ARCHITECTURE = "batchtopk";

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description =
          "Any other option of training, such as lr=4e-4, aux-k=256, architecture=topk (default: "
              + DEFAULT_ARCHITECTURE
              + "), encoder=kronecker or switch, decoder=archetypal; may be given several times. An"
              + " unknown key lists them all.")
  private Map<String, String> more = new LinkedHashMap<>();

  /**
   * The options of a dictionary with some changes, which win over {@code --set}, which wins over
   * the recipe.
   *
   * @throws IllegalArgumentException naming the option that is wrong
   */
  public TrainOptions options(int latents, int k, long tokens, Map<String, String> changes) {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("batch", Integer.toString(batch));
    all.put("seed", Long.toString(seed));
    checkpointEvery.ifPresent(steps -> all.put("checkpoint-every", Long.toString(steps)));
    recipe.ifPresent(name -> all.put("recipe", name));
    all.putAll(more);
    all.putAll(changes);
    if (!all.containsKey("recipe")) {
      all.putIfAbsent("architecture", DEFAULT_ARCHITECTURE);
    }
    return TrainOptions.of(latents, k, tokens).with(all);
  }
}
