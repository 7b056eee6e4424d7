package org.sememe.app.command.diffusion;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.pictures.CaptionEncoder;
import org.sememe.app.stages.PictureQualityStage;
import org.sememe.diffusion.conditions.Captions;
import org.sememe.diffusion.conditions.ClassLabels;
import org.sememe.diffusion.conditions.Condition;
import org.sememe.diffusion.features.EncoderPlan;
import org.sememe.diffusion.pictures.NamedPictures;
import org.sememe.diffusion.pictures.PictureSplit;
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

  int count() {
    return count;
  }

  long seed() {
    return seed;
  }

  EncoderPlan plan() {
    return new EncoderPlan(CHANNELS, steps, BATCH, RATE, seed);
  }

  /**
   * Prepares to measure what a run's networks draw, by what they are told: classes or captions.
   * Empty if Ctrl-C came while the judge was trained.
   *
   * @param train the pictures of training
   * @param place where the held-out ones are
   */
  Optional<PictureQualityStage.Bench> open(
      PictureQualityStage stage,
      EncoderPlan plan,
      Path run,
      NamedPictures train,
      PictureOptions place,
      CommonOptions common)
      throws IOException {
    NamedPictures test = place.read(common, PictureSplit.TEST);
    return switch (Condition.ofRun(run, train)) {
      case ClassLabels _ -> stage.open(folder, plan, train.set(), test.set());
      case Captions captions -> {
        try (CaptionEncoder encoder = CaptionEncoder.open(PictureOptions.opener(common), run)) {
          float[][] unseen = encoder.vectors(test.captions());
          yield stage.open(folder, plan, train.set(), captions, test.set(), unseen);
        }
      }
    };
  }
}
