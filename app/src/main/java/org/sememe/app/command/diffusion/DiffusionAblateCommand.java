package org.sememe.app.command.diffusion;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.stages.AblationStage;
import org.sememe.app.stages.PictureQualityStage;
import org.sememe.app.stages.TrainStage;
import org.sememe.app.terminal.Terminal;
import org.sememe.diffusion.conditions.Condition;
import org.sememe.diffusion.features.EncoderPlan;
import org.sememe.diffusion.pictures.NamedPictures;
import org.sememe.diffusion.pictures.PictureSplit;
import org.sememe.diffusion.student.Ablation;
import org.sememe.diffusion.student.DistillationPlan;
import org.sememe.tensors.Torch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Makes the paper's table of ablations. */
@Command(
    name = "ablate",
    description = {
      "Make the table of ablations of Adversarial Diffusion Distillation: a student for each row,"
          + " measured in one step. Rows that are done are not done again when the same command is"
          + " given after a stop; ablation.csv holds those so far."
    },
    footer = {
      "",
      "Example:",
      "  sememe diffusion ablate --teacher runs/mnist --features runs/features --judge runs/judge"
          + " --pictures mnist --seeds 3 --out runs/ablation"
    })
public final class DiffusionAblateCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;
  @Mixin private PictureOptions pictures;
  @Mixin private DistillationOptions distillation;
  @Mixin private JudgeOptions judge;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      defaultValue = "1",
      description = "Runs of each row, seeds from --seed on (default: ${DEFAULT-VALUE}).")
  private int seeds;

  @Option(
      names = "--rows",
      paramLabel = "NAME",
      split = ",",
      description = "Only these studies, as usual,loss,start (default: all).")
  private List<String> studies = List.of();

  @Option(names = "--out", paramLabel = "DIR", required = true, description = "The table's folder.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    DistillationPlan usual = common.checked(distillation::plan);
    EncoderPlan judgePlan = common.checked(judge::plan);
    PictureQualityStage quality =
        common.checked(() -> new PictureQualityStage(terminal, judge.count(), judge.seed()));
    List<Ablation> rows =
        Ablation.rows(usual).stream()
            .filter(row -> studies.isEmpty() || studies.contains(row.study()))
            .toList();
    if (seeds < 1 || rows.isEmpty()) {
      throw common.wrong(
          "--seeds %d --rows %s: need at least one of each; studies are %s"
              .formatted(
                  seeds,
                  String.join(",", studies),
                  Ablation.rows(usual).stream().map(Ablation::study).distinct().toList()));
    }
    Torch.start(common.threads());
    Files.createDirectories(out);
    NamedPictures train = pictures.read(common, PictureSplit.TRAIN);
    Condition condition = Condition.ofRun(distillation.teacher(), train);
    Optional<PictureQualityStage.Bench> opened =
        judge.open(quality, judgePlan, distillation.teacher(), train, pictures, common);
    if (opened.isEmpty()) {
      return TrainStage.INTERRUPTED;
    }
    Optional<List<Map<String, Object>>> table;
    try (PictureQualityStage.Bench bench = opened.get()) {
      table =
          new AblationStage(terminal, out, quality)
              .run(
                  bench,
                  new AblationStage.Parts(
                      train.set(), condition, distillation.teacher(), distillation.features()),
                  rows,
                  seeds);
    }
    if (table.isEmpty()) {
      return TrainStage.INTERRUPTED;
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("table", out.resolve("ablation.csv").toAbsolutePath().normalize().toString());
    fields.put("rows", table.get());
    terminal.result(fields);
    return 0;
  }
}
