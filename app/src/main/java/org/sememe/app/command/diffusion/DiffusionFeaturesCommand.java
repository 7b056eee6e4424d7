package org.sememe.app.command.diffusion;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.stages.PictureTrainingStage;
import org.sememe.app.stages.TrainStage;
import org.sememe.app.terminal.Terminal;
import org.sememe.diffusion.features.Contrast;
import org.sememe.diffusion.features.EncoderPlan;
import org.sememe.diffusion.features.EncoderTraining;
import org.sememe.diffusion.features.LinearProbe;
import org.sememe.diffusion.features.PictureEncoder;
import org.sememe.diffusion.pictures.PictureSet;
import org.sememe.diffusion.runs.NewParameters;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.Torch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains the network whose features a discriminator judges. */
@Command(
    name = "features",
    description = {
      "Train a network that sees pictures, without their labels (SimCLR): the frozen one whose"
          + " features a distillation's discriminator judges. Labels only tell, afterwards, how much"
          + " of them a linear map finds in what it sees."
    },
    footer = {"", "Example:", "  sememe diffusion features --pictures mnist --out runs/features"})
public final class DiffusionFeaturesCommand implements Callable<Integer> {
  private static final int MOST_PROBED = 10_000;

  @Mixin private CommonOptions common;
  @Mixin private PictureOptions pictures;

  @Option(
      names = "--channels",
      paramLabel = "N",
      split = ",",
      defaultValue = "16,32,64,64",
      description = "Channels of each tap, the finest first (default: ${DEFAULT-VALUE}).")
  private List<Integer> channels;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "1000",
      description =
          "Steps of training; 0 leaves the network as it begins (default: ${DEFAULT-VALUE}).")
  private long steps;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "128",
      description = "Pictures a step (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--lr",
      paramLabel = "R",
      defaultValue = "2e-3",
      description = "Learning rate at first; it falls to 0 (default: ${DEFAULT-VALUE}).")
  private double rate;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "STEPS",
      defaultValue = "500",
      description = "Steps between checkpoints (default: ${DEFAULT-VALUE}).")
  private long checkpointEvery;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "The same seed trains the same network (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "The network's folder, for sememe diffusion distill.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    PictureTrainingStage stage =
        common.checked(() -> new PictureTrainingStage(terminal, out, steps, checkpointEvery));
    EncoderPlan plan = common.checked(() -> new EncoderPlan(channels, steps, batch, rate, seed));
    Torch.start(common.threads());
    PictureSet train = pictures.train(common);
    PictureTrainingStage.Trained trained =
        stage.train("features", () -> new EncoderTraining(out, plan, train, Contrast::new));
    if (!trained.finished()) {
      return TrainStage.INTERRUPTED;
    }
    report(terminal, train, trained);
    return 0;
  }

  private void report(Terminal terminal, PictureSet train, PictureTrainingStage.Trained trained)
      throws IOException {
    PictureSet seen = some(train);
    PictureSet unseen = some(pictures.test(common));
    double probe;
    double untrained;
    try (PictureEncoder encoder = PictureEncoder.open(out);
        PictureEncoder beginning = new PictureEncoder(encoder.shape(), new NewParameters(seed))) {
      probe = LinearProbe.accuracy(encoder, seen, unseen);
      untrained = LinearProbe.accuracy(beginning, seen, unseen);
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("run", out.toAbsolutePath().normalize().toString());
    fields.put("pictures", train.count());
    fields.put("steps", steps);
    fields.put("steps_done", trained.steps());
    fields.putAll(trained.losses());
    fields.put("probe_accuracy", probe);
    fields.put("untrained_probe_accuracy", untrained);
    fields.put("seconds", trained.seconds());
    terminal.say(
        String.format(
            Locale.ROOT,
            "%s: %,d steps without labels in %.0f s; a linear map of what it sees names %.1f %% of"
                + " held-out pictures rightly (%.1f %% before training)",
            out,
            trained.steps(),
            trained.seconds(),
            100 * probe,
            100 * untrained));
    terminal.result(fields);
  }

  private PictureSet some(PictureSet all) {
    return all.shuffled(RandomStream.of(seed).stream("probed"))
        .part(0, Math.min(all.count(), MOST_PROBED));
  }
}
