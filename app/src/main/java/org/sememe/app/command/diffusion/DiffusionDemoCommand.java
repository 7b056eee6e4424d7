package org.sememe.app.command.diffusion;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.command.options.ServeOptions;
import org.sememe.app.pictures.DrawingRuns;
import org.sememe.app.stages.StageClock;
import org.sememe.app.stages.StudioStage;
import org.sememe.app.terminal.Durations;
import org.sememe.app.terminal.Terminal;
import org.sememe.tensors.Torch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The whole way, from pictures to a teacher and a student that draw in a browser. */
@Command(
    name = "demo",
    description =
        "From pictures to a browser in which teacher and student draw side by side: fetch, train a"
            + " teacher, train a feature network, distil a student, measure, serve. Each step is the"
            + " command that it says, with a run folder of its own; run again, it goes on where it"
            + " stopped, and straight to the page when all is there.",
    footer = {
      "",
      "Examples:",
      "  sememe diffusion demo",
      "  sememe diffusion demo --budget 5 --out runs/small --no-studio"
    })
public final class DiffusionDemoCommand implements Callable<Integer> {
  private static final String WEIGHTS = "unet/diffusion_pytorch_model.safetensors";
  private static final int TEACHER_STEPS = 2000;
  private static final int FEATURE_STEPS = 1000;
  private static final int STUDENT_STEPS = 1200;
  private static final int JUDGE_STEPS = 600;
  private static final int MEASURED = 500;
  private static final int LEAST_MEASURED = 100;

  @Spec private CommandSpec spec;
  @Mixin private CommonOptions common;
  @Mixin private ServeOptions serve;

  @Option(
      names = "--pictures",
      paramLabel = "PLACE",
      defaultValue = "mnist",
      description = "Labelled pictures, as diffusion train takes them (default: ${DEFAULT-VALUE}).")
  private String pictures;

  @Option(
      names = "--side",
      paramLabel = "PIXELS",
      defaultValue = "16",
      description = "Side to which pictures are shrunk (default: ${DEFAULT-VALUE}).")
  private int side;

  @Option(
      names = "--budget",
      paramLabel = "PERCENT",
      defaultValue = "100",
      description =
          "Steps of all trainings, as a share of the usual ones; 100 is made for two cores and a"
              + " quarter of an hour (default: ${DEFAULT-VALUE}).")
  private int budget;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where the runs' folders are (default: ${DEFAULT-VALUE}).")
  private Path out = Path.of("runs", "drawing");

  @Option(names = "--no-studio", description = "End when everything is built.")
  private boolean noStudio;

  /**
   * A step of the way.
   *
   * @param task the command, below {@code diffusion}
   * @param product what is there when it is done
   */
  private record Step(String task, Path product, List<String> arguments) {}

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    if (budget < 1 || budget > 10_000) {
      throw common.wrong("--budget " + budget + ": 1 to 10000 percent");
    }
    StageClock clock = new StageClock();
    for (Step step : steps()) {
      if (Files.exists(step.product())) {
        terminal.note(step.task() + ": " + step.product() + " is there");
        continue;
      }
      int code = clock.time(step.task(), () -> run(terminal, step));
      if (code != 0) {
        return code;
      }
    }
    terminal.say(
        "time: "
            + Durations.clock(
                clock.seconds().values().stream().mapToDouble(Double::doubleValue).sum()));
    if (noStudio) {
      terminal.say("watch them draw: sememe diffusion studio " + student());
      terminal.result(fields(clock, Optional.empty()));
      return 0;
    }
    Torch.start(common.threads());
    try (DrawingRuns runs =
        DrawingRuns.of(
            student(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            PictureOptions.opener(common))) {
      new StudioStage(terminal, common.threads())
          .draw(
              runs,
              serve.settings(Optional.empty()),
              address -> terminal.result(fields(clock, Optional.of(address))));
    }
    return 0;
  }

  private Path student() {
    return out.resolve("student");
  }

  private List<Step> steps() {
    Path teacher = out.resolve("teacher");
    Path features = out.resolve("features");
    return List.of(
        new Step(
            "train",
            teacher.resolve(WEIGHTS),
            List.of("--steps", share(TEACHER_STEPS), "--batch", "32", "--out", "" + teacher)),
        new Step(
            "features",
            features.resolve("model.safetensors"),
            List.of("--steps", share(FEATURE_STEPS), "--out", "" + features)),
        new Step(
            "distill",
            student().resolve("distillation.json"),
            List.of(
                "--teacher",
                "" + teacher,
                "--features",
                "" + features,
                "--steps",
                share(STUDENT_STEPS),
                "--out",
                "" + student())),
        new Step(
            "evaluate",
            student().resolve(DrawingRuns.EVALUATION),
            List.of(
                "--teacher",
                "" + teacher,
                "--teacher-steps",
                "1,4,10,50",
                "--student",
                "" + student(),
                "--judge",
                "" + out.resolve("judge"),
                "--judge-steps",
                share(JUDGE_STEPS),
                "--count",
                "" + Math.clamp(MEASURED * (long) budget / 100, LEAST_MEASURED, MEASURED))));
  }

  private String share(long steps) {
    return String.valueOf(Math.max(1, steps * budget / 100));
  }

  private int run(Terminal terminal, Step step) {
    List<String> all = new ArrayList<>(List.of("--pictures", pictures, "--side", "" + side));
    all.addAll(step.arguments());
    terminal.say("sememe diffusion " + step.task() + " " + String.join(" ", all));
    all.addAll(List.of("--threads", "" + common.threads()));
    CommandLine task = spec.parent().subcommands().get(step.task());
    return task.execute(all.toArray(String[]::new));
  }

  private Map<String, Object> fields(StageClock clock, Optional<URI> studio) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("run", student().toAbsolutePath().normalize().toString());
    fields.put("seconds", clock.seconds());
    studio.ifPresent(address -> fields.put("studio", address.toString()));
    return fields;
  }
}
