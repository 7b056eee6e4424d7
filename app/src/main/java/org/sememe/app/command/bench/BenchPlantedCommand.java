package org.sememe.app.command.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.sememe.app.bench.PlantedBench;
import org.sememe.app.bench.PlantedContender;
import org.sememe.app.bench.PlantedKind;
import org.sememe.app.bench.PlantedReport;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;
import org.sememe.tensors.Torch;
import org.sememe.training.TrainOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What each way to train finds of a dictionary that was planted. */
@Command(
    name = "planted",
    description =
        "Plant dictionaries of known features, train on rows made from them, and compare what was"
            + " learned with what was planted, on rows held out.",
    footer = {
      "",
      "Examples:",
      "  sememe bench planted",
      "  sememe bench planted --setting hierarchical --architectures"
          + " topk,batchtopk+matryoshka=1/16,1/16,1/8,1/4,1/2 --seeds 5"
    })
public final class BenchPlantedCommand implements Callable<Integer> {
  private static final String CONTENDERS =
      "topk,batchtopk,batchtopk+matryoshka=1/16,1/16,1/8,1/4,1/2";

  @Mixin private CommonOptions common;

  @Option(
      names = "--setting",
      paramLabel = "SETTING",
      split = ",",
      description = "uncorrelated, correlated, hierarchical (default: each in turn).")
  private List<PlantedKind> kinds = List.of(PlantedKind.values());

  @Option(
      names = "--architectures",
      paramLabel = "A,A,...",
      description =
          "What is compared: architectures or recipes (recipe=NAME), each with options of training as"
              + " +KEY=VALUE (default: ${DEFAULT-VALUE}).")
  private String architectures = CONTENDERS;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description =
          "Planted dictionaries, each with weights of its own (default: ${DEFAULT-VALUE}).")
  private int seeds = 3;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "The first seed (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--d",
      paramLabel = "N",
      description = "Width of a row (default: ${DEFAULT-VALUE}).")
  private int width = 128;

  @Option(
      names = "--features",
      paramLabel = "N",
      description = "Features that are planted (default: ${DEFAULT-VALUE}).")
  private int features = 256;

  @Option(
      names = "--true-l0",
      paramLabel = "X",
      description = "Mean number of features of a row (default: ${DEFAULT-VALUE}).")
  private double l0 = 4;

  @Option(
      names = "--exponent",
      paramLabel = "X",
      description =
          "Densities of uncorrelated features fall as 1 / rank^X (default: ${DEFAULT-VALUE}: equal).")
  private double exponent;

  @Option(
      names = "--noise",
      paramLabel = "X",
      description = "Deviation of the noise of each coordinate (default: ${DEFAULT-VALUE}).")
  private double noise;

  @Option(
      names = "--latents",
      paramLabel = "N",
      description = "Latents of a dictionary (default: as many as features).")
  private Optional<Integer> latents = Optional.empty();

  @Option(
      names = "--k",
      paramLabel = "N",
      description =
          "Active latents a row (default: the true L0; with a hierarchy three quarters of it, since"
              + " only a dictionary that must be sparser than the truth has a reason to absorb).")
  private Optional<Integer> k = Optional.empty();

  @Option(
      names = "--tokens",
      paramLabel = "N",
      description = "Rows to train each dictionary on (default: ${DEFAULT-VALUE}).")
  private long tokens = 500_000;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Rows a step (default: ${DEFAULT-VALUE}).")
  private int batch = 512;

  @Option(
      names = "--eval-rows",
      paramLabel = "N",
      description = "Held-out rows to measure on (default: ${DEFAULT-VALUE}).")
  private long evalRows = 20_000;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Any other option of training, for all; may be given several times.")
  private Map<String, String> more = new LinkedHashMap<>();

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    int threads = common.threads();
    List<PlantedBench> benches =
        common.checked(() -> kinds.stream().map(kind -> bench(kind, threads)).toList());
    Torch.start(threads);
    List<PlantedReport> reports = new ArrayList<>();
    long begin = System.nanoTime();
    for (PlantedBench bench : benches) {
      PlantedReport report;
      try (Progress progress = terminal.progress(bench.kind().key(), Unit.ROWS, bench.work())) {
        report = bench.run(progress::update);
      }
      report.table().forEach(terminal::say);
      reports.add(report);
    }
    terminal.result(PlantedReport.fields(reports, (System.nanoTime() - begin) / 1e9));
    return 0;
  }

  private PlantedBench bench(PlantedKind kind, int threads) {
    TrainOptions options =
        TrainOptions.of(latents.orElse(features), k.orElse(kind.k(l0)), tokens)
            .with("batch", Integer.toString(batch))
            .with("seed", Long.toString(seed))
            // Nobody goes on with these runs: the only checkpoint is the last.
            .with("checkpoint-every", Long.toString(Long.MAX_VALUE))
            .with("log-every", "1000");
    for (Map.Entry<String, String> entry : more.entrySet()) {
      options = options.with(entry.getKey(), entry.getValue());
    }
    return new PlantedBench(
        kind,
        kind.setting(width, features, l0, exponent, noise),
        PlantedContender.parse(architectures),
        options,
        seeds,
        evalRows,
        threads);
  }
}
