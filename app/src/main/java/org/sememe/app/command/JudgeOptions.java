package org.sememe.app.command;

import java.nio.file.Path;
import java.util.List;
import org.sememe.diffusion.features.EncoderPlan;
import picocli.CommandLine.Option;

/** The classifier that judges pictures, and how many it sees. */
final class JudgeOptions {
  private static final List<Integer> CHANNELS = List.of(16, 32, 64);
  private static final int BATCH = 64;
  private static final double RATE = 3e-3;

  @Option(
      names = "--judge",
      paramLabel = "DIR",
      required = true,
      description =
          "A classifier's folder: it is trained there first if need be, with labels and apart from"
              + " all else.")
  private Path folder;

  @Option(
      names = "--judge-steps",
      paramLabel = "N",
      defaultValue = "600",
      description = "Steps of the classifier's training (default: ${DEFAULT-VALUE}).")
  private long steps;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "2000",
      description =
          "Pictures of each kind; distances from fewer are larger (default: ${DEFAULT-VALUE}).")
  private int count;

  @Option(
      names = "--judge-seed",
      paramLabel = "N",
      defaultValue = "1000",
      description =
          "Of the classifier, and of the noise that is drawn from (default: ${DEFAULT-VALUE}).")
  private long seed;

  Path folder() {
    return folder;
  }

  int count() {
    return count;
  }

  long seed() {
    return seed;
  }

  EncoderPlan plan() {
    return new EncoderPlan(CHANNELS, steps, BATCH, RATE, seed);
  }
}
