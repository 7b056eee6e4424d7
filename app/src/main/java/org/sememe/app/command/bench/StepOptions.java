package org.sememe.app.command.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import org.sememe.training.TrainOptions;
import picocli.CommandLine.Option;

/** The training step that a benchmark measures. */
final class StepOptions {
  /** Rows without firing after which a latent is dead: more than a benchmark has. */
  private static final long NEVER = 1L << 40;

  @Option(
      names = "--d",
      paramLabel = "N",
      description = "Width of synthetic rows (default: ${DEFAULT-VALUE}).")
  private int width = 768;

  @Option(
      names = "--latents",
      paramLabel = "N",
      description = "Latents (default: ${DEFAULT-VALUE}).")
  private int latents = 24_576;

  @Option(
      names = "--k",
      paramLabel = "N",
      description = "Active latents a row (default: ${DEFAULT-VALUE}).")
  private int k = 32;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Rows a step, of all ranks together (default: ${DEFAULT-VALUE}).")
  private int batch = 4096;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description =
          "Any other option of training, such as screening=off, matryoshka=1/4,1/4,1/2 or"
              + " multi-top-k=1/8; may be given several times. An unknown key lists them all.")
  private Map<String, String> more = new LinkedHashMap<>();

  /** d, of synthetic rows. */
  int width() {
    return width;
  }

  /**
   * The options of training, in which no latent dies.
   *
   * @param defaults what {@code --set} may change
   */
  TrainOptions training(Map<String, String> defaults) {
    return TrainOptions.of(latents, k, 1_000L * batch)
        .with("batch", Integer.toString(batch))
        .with("dead-tokens", Long.toString(NEVER))
        .with(defaults)
        .with(more);
  }
}
