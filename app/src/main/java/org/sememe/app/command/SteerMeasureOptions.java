package org.sememe.app.command;

import java.util.List;
import org.sememe.analysis.steering.NeutralPrompts;
import picocli.CommandLine.Option;

/** What {@code steer --measure} takes. */
final class SteerMeasureOptions {
  @Option(
      names = "--measure",
      description =
          "Measure instead how much more the model says what --features are about, against its"
              + " unsteered replies and random directions of equal norm.")
  private boolean measure;

  @Option(
      names = "--features",
      paramLabel = "A,B,C",
      split = ",",
      description = "Latents to measure.")
  private List<Integer> features = List.of();

  @Option(
      names = "--find",
      paramLabel = "N",
      description = "Measure the N features that promise most, instead of --features.")
  private int find;

  @Option(
      names = "--times",
      paramLabel = "X",
      defaultValue = "5",
      description = "Clamp to this multiple of each maximum (default: ${DEFAULT-VALUE}).")
  private double times;

  @Option(
      names = "--prompts",
      paramLabel = "N",
      defaultValue = "8",
      description = "Neutral openings to write on from, 1 to 16 (default: ${DEFAULT-VALUE}).")
  private int prompts;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      defaultValue = "3",
      description = "Replies of each kind to each (default: ${DEFAULT-VALUE}).")
  private int seeds;

  boolean wanted() {
    return measure;
  }

  List<Integer> features() {
    return features;
  }

  int find() {
    return find;
  }

  double times() {
    return times;
  }

  int seeds() {
    return seeds;
  }

  List<String> prompts() {
    return NeutralPrompts.first(prompts);
  }

  /**
   * Checks that the options fit together.
   *
   * @throws IllegalArgumentException if not
   */
  void check() {
    if (features.isEmpty() == (find == 0)) {
      throw new IllegalArgumentException("--measure needs either --features or --find");
    }
    if (find < 0 || seeds < 1) {
      throw new IllegalArgumentException("--find and --seeds: must be at least 1");
    }
    if (!Double.isFinite(times)) {
      throw new IllegalArgumentException("--times: must be a number");
    }
    prompts();
  }
}
