package org.sememe.app.command.bench;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.sememe.app.bench.ManyBench;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.command.options.TextOption;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;
import org.sememe.models.HookPoint;
import org.sememe.models.LanguageModel;
import org.sememe.models.text.TextSource;
import org.sememe.models.text.TextSources;
import org.sememe.training.TrainOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Several dictionaries on one pass of the model. */
@Command(
    name = "many",
    description =
        "Time the training of dictionaries of several hook points on one pass of the model, beside"
            + " one harvest of them and the training of each alone from its store; and measuring"
            + " them together, beside each alone. One process, in turns, medians.",
    footer = {
      "",
      "Examples:",
      "  sememe bench many",
      "  sememe bench many --hooks 'blocks.*.hook_mlp_out' --contexts 256"
    })
public final class BenchManyCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;

  @Parameters(
      paramLabel = "MODEL",
      arity = "0..1",
      defaultValue = "smollm2-135m-instruct",
      description = ModelOpener.WHAT + " Default: ${DEFAULT-VALUE}.")
  private String model;

  @Option(
      names = "--text",
      paramLabel = "TEXT",
      defaultValue = "wordnet",
      description = TextOption.WHAT + " Default: ${DEFAULT-VALUE}.")
  private String text;

  @Option(
      names = "--hooks",
      paramLabel = "HOOK,HOOK,...",
      split = ",",
      defaultValue =
          "blocks.*0.hook_mlp_out,blocks.*3.hook_mlp_out,blocks.*6.hook_mlp_out,blocks.29.hook_mlp_out",
      description =
          "Hook points; * stands for any characters but a dot (default: ${DEFAULT-VALUE}).")
  private List<String> hooks;

  @Option(
      names = "--contexts",
      paramLabel = "N",
      description =
          "Contexts that are harvested, and that make the pool (default: ${DEFAULT-VALUE}).")
  private int contexts = 256;

  @Option(
      names = {"--context", "--context-length"},
      paramLabel = "N",
      description = "Tokens in a context (default: ${DEFAULT-VALUE}).")
  private int length = 128;

  @Option(
      names = "--latents",
      paramLabel = "N",
      description = "Latents (default: ${DEFAULT-VALUE}).")
  private int latents = 4608;

  @Option(
      names = "--k",
      paramLabel = "N",
      description = "Active latents a row (default: ${DEFAULT-VALUE}).")
  private int k = 32;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description =
          "Any other option of training, such as batch=1024; may be given several times. An unknown"
              + " key lists them all.")
  private Map<String, String> more = new LinkedHashMap<>();

  @Option(
      names = "--eval-contexts",
      paramLabel = "N",
      description = "Held-out contexts that are spliced, at most (default: ${DEFAULT-VALUE}).")
  private int measured = 8;

  @Option(
      names = "--repetitions",
      paramLabel = "N",
      description = "Timed rounds (default: ${DEFAULT-VALUE}).")
  private int repetitions = 3;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    int threads = common.threads();
    TextSource source = TextSources.open(text);
    try (LanguageModel opened = new ModelOpener(terminal, threads).open(model);
        Progress progress = terminal.progress("bench", Unit.ROUNDS, repetitions)) {
      ManyBench bench = common.checked(() -> bench(opened, threads));
      Map<String, Object> fields = bench.run(opened, source, progress::update);
      progress.close();
      BenchTable.print(terminal, fields);
    }
    return 0;
  }

  private ManyBench bench(LanguageModel opened, int threads) {
    List<String> names =
        hooks.stream()
            .flatMap(pattern -> opened.hookPoints(pattern.strip()).stream())
            .map(HookPoint::name)
            .distinct()
            .toList();
    TrainOptions options = TrainOptions.of(latents, k, (long) contexts * length).with(more);
    return new ManyBench(names, options, contexts, length, measured, threads, repetitions);
  }
}
