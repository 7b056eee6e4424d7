package org.sememe.app.command.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.sememe.activations.ActivationStore;
import org.sememe.app.bench.QualityBench;
import org.sememe.app.bench.QualityReport;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.command.options.DictionaryOptions;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;
import org.sememe.tensors.Torch;
import org.sememe.training.TrainOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Quality on held-out rows against seconds of training. */
@Command(
    name = "quality",
    description =
        "Train on a store twice, with our step and with a dense step through autograd, and time"
            + " how long each takes to reach a quality on held-out rows.",
    footer = {
      "",
      "Example:",
      "  sememe bench quality --store stores/layer9 --tokens 1M --target-fve 0.80"
    })
public final class BenchQualityCommand implements Callable<Integer> {
  /** Measurements over a run where nothing else is said. */
  private static final int MEASUREMENTS = 25;

  private static final String CSV = "quality.csv";

  /** Whom our step is compared with. */
  enum Rival {
    DENSE,
    NONE
  }

  @Mixin private CommonOptions common;
  @Mixin private DictionaryOptions dictionary;

  @Option(
      names = "--store",
      paramLabel = "DIR",
      required = true,
      description = "The store to train and to measure on.")
  private Path store;

  @Option(
      names = "--hook",
      paramLabel = "HOOK",
      description = "The store's hook point (default: its first).")
  private Optional<String> hook = Optional.empty();

  @Option(
      names = "--tokens",
      paramLabel = "N",
      defaultValue = "1M",
      description = "Rows to train on, repeats counted (default: ${DEFAULT-VALUE}).")
  private long tokens;

  @Option(
      names = "--target-fve",
      paramLabel = "X",
      defaultValue = "0.80",
      description =
          "Fraction of the variance of held-out rows to be explained (default: ${DEFAULT-VALUE}).")
  private double target;

  @Option(
      names = "--rivals",
      paramLabel = "WHO",
      defaultValue = "dense",
      description = "dense or none (default: ${DEFAULT-VALUE}).")
  private Rival rivals;

  @Option(
      names = "--stop-at-target",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description = "Whether the dense run ends at the target (default: it does).")
  private boolean stopAtTarget;

  @Option(
      names = "--eval-every",
      paramLabel = "STEPS",
      description = "Steps between measurements (default: 25 measurements over the run).")
  private Optional<Long> evalEvery = Optional.empty();

  @Option(
      names = "--eval-rows",
      paramLabel = "N",
      defaultValue = "4096",
      description = "Held-out rows that are measured, at most (default: ${DEFAULT-VALUE}).")
  private long evalRows;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "A folder for the curves, as " + CSV + ".")
  private Optional<Path> out = Optional.empty();

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    int threads = common.threads();
    TrainOptions options = common.checked(() -> dictionary.options(tokens));
    QualityBench bench = common.checked(() -> bench(options, threads));
    if (out.isPresent()) {
      Files.createDirectories(out.get()); // what cannot be written is to be said before the work
    }
    QualityReport report;
    try (ActivationStore opened = ActivationStore.open(store);
        Progress progress = terminal.progress("bench", Unit.STEPS, bench.steps())) {
      Torch.start(threads);
      report =
          bench.run(
              opened,
              hook.orElse(opened.manifest().hooks().sequencedKeySet().getFirst()),
              (step, fve) ->
                  progress.update(step, String.format(Locale.ROOT, "held-out fve %.4f", fve)));
    }
    report.table().forEach(terminal::say);
    if (out.isPresent()) {
      Path file = Files.write(out.get().resolve(CSV), report.csv());
      terminal.say("curves: " + file);
    }
    terminal.result(report.fields());
    return 0;
  }

  private QualityBench bench(TrainOptions options, int threads) {
    long steps = Math.ceilDiv(options.tokens(), (long) options.batch());
    return new QualityBench(
        options,
        threads,
        target,
        evalRows,
        evalEvery.orElse(Math.max(1, steps / MEASUREMENTS)),
        rivals == Rival.DENSE,
        stopAtTarget);
  }
}
