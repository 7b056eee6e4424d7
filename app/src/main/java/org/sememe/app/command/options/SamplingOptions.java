package org.sememe.app.command.options;

import org.sememe.models.generation.GenerationOptions;
import picocli.CommandLine.Option;

/** How replies are written, for commands that write some. */
public final class SamplingOptions {
  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      defaultValue = "64",
      description = "Most tokens to write (default: ${DEFAULT-VALUE}).")
  private int maxNewTokens;

  @Option(names = "--greedy", description = "Take the likeliest token each time.")
  private boolean greedy;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      defaultValue = "0.8",
      description = "Divides the logits before a token is drawn (default: ${DEFAULT-VALUE}).")
  private double temperature;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      defaultValue = "0.95",
      description = "Draw among the likeliest tokens of this share (default: ${DEFAULT-VALUE}).")
  private double topP;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "The same seed draws the same tokens (default: ${DEFAULT-VALUE}).")
  private long seed;

  /**
   * The options, without stop ids.
   *
   * @throws IllegalArgumentException if a value is out of range
   */
  public GenerationOptions options() {
    return greedy
        ? GenerationOptions.greedy(maxNewTokens)
        : GenerationOptions.sampled(maxNewTokens, temperature, topP, seed);
  }
}
