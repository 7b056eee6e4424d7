package org.sememe.app.command.diffusion;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.inputs.SentenceModel;
import org.sememe.app.stages.CaptionStage;
import org.sememe.app.stages.PictureTrainingStage;
import org.sememe.app.stages.TrainStage;
import org.sememe.app.terminal.Terminal;
import org.sememe.diffusion.conditions.Captions;
import org.sememe.diffusion.conditions.ClassLabels;
import org.sememe.diffusion.conditions.Condition;
import org.sememe.diffusion.pictures.NamedPictures;
import org.sememe.diffusion.pictures.PictureSet;
import org.sememe.diffusion.pictures.PictureSplit;
import org.sememe.diffusion.teacher.TeacherPlan;
import org.sememe.diffusion.teacher.TeacherTraining;
import org.sememe.tensors.Torch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains a diffusion model on pictures with labels or captions. */
@Command(
    name = "train",
    description = {
      "Train a diffusion model on pictures with labels, or with captions, from which it then draws"
          + " (text to picture). A run that was stopped goes on from its last checkpoint when the same"
          + " command is given again."
    },
    footer = {
      "",
      "Examples:",
      "  sememe diffusion train --pictures mnist --side 16 --steps 2000 --out runs/mnist",
      "  sememe diffusion train --pictures emoji --condition caption --side 24 --out runs/emoji"
    })
public final class DiffusionTrainCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;
  @Mixin private PictureOptions pictures;

  @Option(
      names = "--condition",
      paramLabel = "WHAT",
      description =
          "What the network is told: ${COMPLETION-CANDIDATES} (default: class, or caption where"
              + " pictures have captions and no classes).")
  private Told told;

  private enum Told {
    CLASS,
    CAPTION
  }

  @Option(
      names = "--encoder",
      paramLabel = "MODEL",
      defaultValue = SentenceModel.STANDARD,
      description = "Embeds captions (default: ${DEFAULT-VALUE}).")
  private String encoder;

  @Option(
      names = "--channels",
      paramLabel = "N",
      split = ",",
      defaultValue = "16,32",
      description = "Channels of each size, the finest first (default: ${DEFAULT-VALUE}).")
  private List<Integer> channels;

  @Option(
      names = "--layers",
      paramLabel = "N",
      defaultValue = "1",
      description = "Residual blocks of a size (default: ${DEFAULT-VALUE}).")
  private int layers;

  @Option(
      names = "--attention-from",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "The size, counted from 0, from which on positions see each other (default:"
              + " ${DEFAULT-VALUE}).")
  private int attentionFrom;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "2000",
      description = "Steps of training (default: ${DEFAULT-VALUE}).")
  private long steps;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "64",
      description = "Pictures a step (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--lr",
      paramLabel = "R",
      defaultValue = "2e-3",
      description = "Learning rate at first; it falls to 0 (default: ${DEFAULT-VALUE}).")
  private double rate;

  @Option(
      names = "--averaging",
      paramLabel = "D",
      defaultValue = "0.995",
      description = "Decay of the average of weights that is saved (default: ${DEFAULT-VALUE}).")
  private double averaging;

  @Option(
      names = {"--dropout", "--class-dropout"},
      paramLabel = "P",
      defaultValue = "0.1",
      description =
          "Share of pictures whose class or caption is hidden (default: ${DEFAULT-VALUE}).")
  private double dropout;

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
      description = "The same seed trains the same model (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "The run's folder, which sememe diffusion sample draws with.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    PictureTrainingStage stage =
        common.checked(() -> new PictureTrainingStage(terminal, out, steps, checkpointEvery));
    TeacherPlan plan =
        common.checked(
            () ->
                new TeacherPlan(
                    channels, layers, attentionFrom, steps, batch, rate, averaging, dropout, seed));
    Torch.start(common.threads());
    NamedPictures named = pictures.read(common, PictureSplit.TRAIN);
    PictureSet set = named.set();
    Condition condition = condition(terminal, named);
    PictureTrainingStage.Trained trained =
        stage.train("training", () -> new TeacherTraining(out, plan, set, condition));
    if (!trained.finished()) {
      return TrainStage.INTERRUPTED;
    }
    report(terminal, set, condition, trained);
    return 0;
  }

  private Condition condition(Terminal terminal, NamedPictures named) throws IOException {
    boolean captioned = !named.captions().isEmpty();
    if (told == Told.CAPTION && !captioned) {
      throw common.wrong("--condition caption: these pictures have no captions");
    }
    if (told == Told.CAPTION || (told == null && captioned && named.set().classes() == 1)) {
      CaptionStage stage = new CaptionStage(terminal, PictureOptions.opener(common));
      return Captions.of(stage.run(out, named.captions(), encoder), named.captions());
    }
    return new ClassLabels(named.set());
  }

  private void report(
      Terminal terminal,
      PictureSet set,
      Condition condition,
      PictureTrainingStage.Trained trained) {
    String subjects = condition instanceof Captions ? "captions" : "classes";
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("run", out.toAbsolutePath().normalize().toString());
    fields.put("pictures", set.count());
    fields.put(subjects, condition.count());
    fields.put("side", set.height());
    fields.put("steps", steps);
    fields.put("steps_done", trained.steps());
    fields.putAll(trained.losses()); // a run that was whole already has no loss to tell
    fields.put("seconds", trained.seconds());
    fields.put("pictures_per_s", trained.steps() * batch / trained.seconds());
    terminal.say(
        trained.steps() == 0
            ? out + ": was trained already"
            : String.format(
                Locale.ROOT,
                "%s: %,d pictures of %,d %s, %,d steps in %.0f s, loss %.4f",
                out,
                set.count(),
                condition.count(),
                subjects,
                trained.steps(),
                trained.seconds(),
                trained.losses().get("loss")));
    terminal.result(fields);
  }
}
