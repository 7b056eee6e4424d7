package org.sememe.app.command;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.sememe.training.TrainOptions;
import picocli.CommandLine.Option;

/** Options of a dictionary to be trained. */
final class DictionaryOptions {
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
      names = "--set",
      paramLabel = "KEY=VALUE",
      description =
          "Any other option of training, such as lr=4e-4, aux-k=256 or dead-tokens=1000000; may be"
              + " given several times. An unknown key lists them all.")
  private Map<String, String> more = new LinkedHashMap<>();

  /**
   * The options for a budget of rows.
   *
   * @throws IllegalArgumentException naming the option that is wrong
   */
  TrainOptions options(long tokens) {
    TrainOptions options =
        TrainOptions.of(latents, k, tokens)
            .with("batch", Integer.toString(batch))
            .with("seed", Long.toString(seed));
    if (checkpointEvery.isPresent()) {
      options = options.with("checkpoint-every", Long.toString(checkpointEvery.get()));
    }
    return options.with(more);
  }
}
