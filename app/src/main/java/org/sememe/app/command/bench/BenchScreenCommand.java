package org.sememe.app.command.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.sememe.activations.ActivationStore;
import org.sememe.app.bench.ScreenBench;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;
import org.sememe.tensors.Torch;
import org.sememe.training.BatchSource;
import org.sememe.training.NonFinite;
import org.sememe.training.StoreBatches;
import org.sememe.training.TrainOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Curves of recall against cost of the ways to screen latents. */
@Command(
    name = "screen",
    description =
        "Draw the curve of recall against cost of each way to screen latents, on the rows of a"
            + " store, with the weights of a dictionary after some steps of training on them.",
    footer = {
      "",
      "Examples:",
      "  sememe bench screen --store stores/layer9",
      "  sememe bench screen --store stores/three-layers --latents 24576"
    })
public final class BenchScreenCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;

  @Option(names = "--store", paramLabel = "DIR", required = true, description = "The rows.")
  private Path store;

  @Option(
      names = "--hook",
      paramLabel = "HOOK",
      description = "A hook point of the store (default: each of them).")
  private Optional<String> hook = Optional.empty();

  @Option(
      names = "--latents",
      paramLabel = "N",
      description = "Latents (default: ${DEFAULT-VALUE}).")
  private int latents = 9216;

  @Option(
      names = "--k",
      paramLabel = "N",
      description = "Active latents a row (default: ${DEFAULT-VALUE}).")
  private int k = 32;

  @Option(names = "--batch", paramLabel = "N", description = "Rows (default: ${DEFAULT-VALUE}).")
  private int batch = 4096;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Steps of training before the measurement (default: ${DEFAULT-VALUE}).")
  private int steps = 100;

  @Option(
      names = "--repetitions",
      paramLabel = "N",
      description = "Timed rounds (default: ${DEFAULT-VALUE}).")
  private int repetitions = 3;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    int threads = common.threads();
    TrainOptions options =
        common.checked(
            () ->
                TrainOptions.of(latents, k, Math.max(1L, steps) * batch)
                    .with("batch", Integer.toString(batch)));
    Torch.start(threads);
    Map<String, List<ScreenBench.Point>> curves = new LinkedHashMap<>();
    ScreenBench bench = new ScreenBench(options, threads, steps, repetitions);
    try (ActivationStore opened = ActivationStore.open(store)) {
      List<String> points =
          hook.map(List::of)
              .orElseGet(() -> List.copyOf(opened.manifest().hooks().sequencedKeySet()));
      for (String point : points) {
        try (BatchSource rows = new StoreBatches(opened, point, 0, NonFinite.SKIP);
            Progress progress = terminal.progress(point, Unit.ROUNDS, bench.rounds())) {
          List<ScreenBench.Point> curve = bench.run(rows, progress::update);
          table(terminal, point, curve);
          curves.put(point, curve);
        }
      }
    }
    terminal.result(bench.fields(store.toString(), curves));
    return 0;
  }

  private static void table(Terminal terminal, String hook, List<ScreenBench.Point> curve) {
    terminal.say(
        String.format(
            "%s%n%-26s %-22s %9s %11s %6s",
            hook, "screen", "setting", "recall", "candidates", "cost"));
    for (ScreenBench.Point point : curve) {
      terminal.say(
          String.format(
              Locale.ROOT,
              "%-26s %-22s %9.5f %11.1f %6.3f",
              point.screen(),
              point.setting(),
              point.recall(),
              point.candidates(),
              point.cost()));
    }
  }
}
