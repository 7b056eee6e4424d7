package org.sememe.app.command.diffusion;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.stages.PictureTrainingStage;
import org.sememe.app.stages.TrainStage;
import org.sememe.app.terminal.Terminal;
import org.sememe.diffusion.conditions.Condition;
import org.sememe.diffusion.pictures.NamedPictures;
import org.sememe.diffusion.pictures.PictureSplit;
import org.sememe.diffusion.student.Distillation;
import org.sememe.diffusion.student.DistillationPlan;
import org.sememe.tensors.Torch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains a student that draws in one to four steps. */
@Command(
    name = "distill",
    description = {
      "Train a student that draws in one to four steps, from a teacher that needs tens (Adversarial"
          + " Diffusion Distillation). A run that was stopped goes on from its last checkpoint when"
          + " the same command is given again."
    },
    footer = {
      "",
      "Example:",
      "  sememe diffusion distill --teacher runs/mnist --features runs/features"
          + " --pictures mnist --out runs/student"
    })
public final class DiffusionDistillCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;
  @Mixin private PictureOptions pictures;
  @Mixin private DistillationOptions distillation;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "STEPS",
      defaultValue = "250",
      description =
          "Steps between checkpoints, and sheets of pictures (default: ${DEFAULT-VALUE}).")
  private long checkpointEvery;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "The run's folder, which sememe diffusion sample draws with.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    DistillationPlan plan = common.checked(distillation::plan);
    PictureTrainingStage stage =
        common.checked(
            () -> new PictureTrainingStage(terminal, out, plan.steps(), checkpointEvery));
    Torch.start(common.threads());
    NamedPictures named = pictures.read(common, PictureSplit.TRAIN);
    Condition condition = Condition.ofRun(distillation.teacher(), named);
    PictureTrainingStage.Trained trained =
        stage.train(
            "distill",
            () ->
                new Distillation(
                    out,
                    plan,
                    named.set(),
                    condition,
                    distillation.teacher(),
                    distillation.features()));
    if (!trained.finished()) {
      return TrainStage.INTERRUPTED;
    }
    report(terminal, plan, trained);
    return 0;
  }

  private void report(
      Terminal terminal, DistillationPlan plan, PictureTrainingStage.Trained trained)
      throws IOException {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("run", out.toAbsolutePath().normalize().toString());
    fields.put("steps", plan.steps());
    fields.put("steps_done", trained.steps());
    fields.putAll(trained.losses());
    fields.put("seconds", trained.seconds());
    fields.put("frozen", Distillation.frozen(out));
    terminal.say(
        String.format(
            Locale.ROOT,
            "%s: %,d steps in %.0f s; teacher and feature network are as they were, to the bit",
            out,
            trained.steps(),
            trained.seconds()));
    terminal.result(fields);
  }
}
