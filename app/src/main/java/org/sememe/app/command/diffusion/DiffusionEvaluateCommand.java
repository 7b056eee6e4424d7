package org.sememe.app.command.diffusion;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.pictures.DrawingRuns;
import org.sememe.app.stages.PictureQualityStage;
import org.sememe.app.stages.TrainStage;
import org.sememe.app.terminal.Terminal;
import org.sememe.diffusion.features.EncoderPlan;
import org.sememe.diffusion.pictures.NamedPictures;
import org.sememe.diffusion.pictures.PictureSplit;
import org.sememe.diffusion.pipeline.PixelPipeline;
import org.sememe.tensors.AtomicFile;
import org.sememe.tensors.Torch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures a teacher and its student. */
@Command(
    name = "evaluate",
    description = {
      "Measure what a teacher and its student draw in some numbers of steps beside held-out"
          + " pictures: distances of features, precision and recall, how often a classifier sees the"
          + " class that was asked for (of captions: a judge the right one among ten), diversity, speed. Real pictures beside other real ones are"
          + " the floor. evaluation.json in the student's folder, else in the teacher's, keeps it."
    },
    footer = {
      "",
      "Example:",
      "  sememe diffusion evaluate --teacher runs/mnist --student runs/student"
          + " --judge runs/judge --pictures mnist"
    })
public final class DiffusionEvaluateCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Mixin private CommonOptions common;
  @Mixin private PictureOptions pictures;
  @Mixin private JudgeOptions judge;

  @Option(
      names = "--teacher",
      paramLabel = "DIR",
      description = "A run of sememe diffusion train; may be left out.")
  private Path teacher;

  @Option(
      names = "--student",
      paramLabel = "DIR",
      description = "A run of sememe diffusion distill; may be left out.")
  private Path student;

  @Option(
      names = "--teacher-steps",
      paramLabel = "N",
      split = ",",
      defaultValue = "1,2,4,10,25,50",
      description = "Numbers of steps to draw in (default: ${DEFAULT-VALUE}).")
  private List<Integer> teacherSteps;

  @Option(
      names = "--student-steps",
      paramLabel = "N",
      split = ",",
      defaultValue = "1,2,4",
      description = "Numbers of steps to draw in (default: ${DEFAULT-VALUE}).")
  private List<Integer> studentSteps;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    if (teacher == null && student == null) {
      throw common.wrong("give a --teacher, a --student, or both");
    }
    PictureQualityStage stage =
        common.checked(() -> new PictureQualityStage(terminal, judge.count(), judge.seed()));
    EncoderPlan plan = common.checked(judge::plan);
    Torch.start(common.threads());
    NamedPictures train = pictures.read(common, PictureSplit.TRAIN);
    Path run = student == null ? teacher : student;
    Optional<PictureQualityStage.Bench> opened =
        judge.open(stage, plan, run, train, pictures, common);
    if (opened.isEmpty()) {
      return TrainStage.INTERRUPTED;
    }
    List<Map<String, Object>> rows = new ArrayList<>();
    double accuracy;
    try (PictureQualityStage.Bench bench = opened.get()) {
      accuracy = bench.accuracy();
      terminal.say(
          String.format(
              Locale.ROOT,
              "%,d pictures of each kind; the judge is right about %.1f %% of the real ones",
              judge.count(),
              100 * accuracy));
      terminal.say(PictureQualityStage.Row.head());
      take(terminal, rows, bench.floor());
      for (Network network : networks()) {
        try (PixelPipeline pipeline = PixelPipeline.open(network.folder, "")) {
          for (int steps : network.steps) {
            take(terminal, rows, stage.measure(bench, network.name, pipeline, steps));
          }
        }
      }
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("count", judge.count());
    fields.put("judge_accuracy", accuracy);
    fields.put("rows", rows);
    byte[] text = JSON.writeValueAsBytes(fields);
    AtomicFile.write(run.resolve(DrawingRuns.EVALUATION), stream -> stream.write(text));
    terminal.result(fields);
    return 0;
  }

  private record Network(String name, Path folder, List<Integer> steps) {}

  private List<Network> networks() {
    List<Network> networks = new ArrayList<>();
    if (teacher != null) {
      networks.add(new Network("teacher", teacher, teacherSteps));
    }
    if (student != null) {
      networks.add(new Network("student", student, studentSteps));
    }
    return networks;
  }

  private static void take(
      Terminal terminal, List<Map<String, Object>> rows, PictureQualityStage.Row row) {
    terminal.say(row.line());
    rows.add(row.fields());
  }
}
