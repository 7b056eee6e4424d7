package org.sememe.app.command.bench;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import org.sememe.activations.HarvestOptions;
import org.sememe.activations.StoreType;
import org.sememe.app.bench.HarvestBench;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.command.options.TextOption;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;
import org.sememe.models.LanguageModel;
import org.sememe.models.text.TextSource;
import org.sememe.models.text.TextSources;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A harvest against what the machine's matrix products allow. */
@Command(
    name = "harvest",
    description =
        "Time a harvest with its store, and the model alone up to the hook point, against the rate"
            + " that the model's own matrix products allow: one process, in turns, medians.",
    footer = {
      "",
      "Examples:",
      "  sememe bench harvest",
      "  sememe bench harvest smollm2-135m-instruct --hook blocks.9.hook_resid_post --context 1024"
    })
public final class BenchHarvestCommand implements Callable<Integer> {
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
      names = {"--hook", "--hooks"},
      paramLabel = "HOOK",
      defaultValue = "blocks.9.hook_resid_post",
      description = "The hook point (default: ${DEFAULT-VALUE}).")
  private String hook;

  @Option(
      names = {"--context", "--context-length"},
      paramLabel = "N",
      description = "Tokens in a context (default: ${DEFAULT-VALUE}).")
  private int context = 128;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      description = "Tokens a round (default: ${DEFAULT-VALUE}).")
  private long tokens = 24_000;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      defaultValue = "f32",
      description = "How values are kept: f32, bf16 or f16 (default: ${DEFAULT-VALUE}).")
  private String dtype;

  @Option(
      names = "--repetitions",
      paramLabel = "N",
      description = "Timed rounds (default: ${DEFAULT-VALUE}).")
  private int repetitions = 3;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    int threads = common.threads();
    HarvestBench bench =
        common.checked(
            () ->
                new HarvestBench(
                    HarvestOptions.of(hook)
                        .withContextLength(context)
                        .withTokens(tokens)
                        .withDtype(StoreType.of(dtype)),
                    threads,
                    repetitions));
    TextSource source = TextSources.open(text);
    try (LanguageModel opened = new ModelOpener(terminal, threads).open(model);
        Progress progress = terminal.progress("bench", Unit.ROUNDS, bench.rounds())) {
      Map<String, Object> fields = bench.run(opened, source, progress::update);
      BenchTable.print(terminal, fields);
    }
    return 0;
  }
}
