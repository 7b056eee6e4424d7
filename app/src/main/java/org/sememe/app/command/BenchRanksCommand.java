package org.sememe.app.command;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.sememe.app.bench.RankBench;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;
import org.sememe.training.TrainOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What a second rank brings. */
@Command(
    name = "ranks",
    description =
        "Measure what a second rank of one thread brings, with rows and with latents shared out,"
            + " beside what a second process brings to the encoder's product; and what ranks send.",
    footer = {"", "Example:", "  sememe bench ranks --latents 24576 --k 32"})
public final class BenchRanksCommand implements Callable<Integer> {
  private static final long NEVER = 1L << 60;

  @Mixin private CommonOptions common;

  @Option(
      names = "--d",
      paramLabel = "N",
      description = "Width of synthetic rows (default: ${DEFAULT-VALUE}).")
  private int width = 768;

  @Option(
      names = "--latents",
      paramLabel = "N",
      description = "Latents (default: ${DEFAULT-VALUE}).")
  private int latents = 24_576;

  @Option(
      names = "--k",
      paramLabel = "N",
      description = "Active latents a row (default: ${DEFAULT-VALUE}).")
  private int k = 32;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Rows a step, of all ranks together (default: ${DEFAULT-VALUE}).")
  private int batch = 4096;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description =
          "Any other option of training, such as screening=off or architecture=batchtopk; may be"
              + " given several times.")
  private Map<String, String> more = new LinkedHashMap<>();

  @Option(
      names = "--repetitions",
      paramLabel = "N",
      description = "Timed rounds of three steps (default: ${DEFAULT-VALUE}).")
  private int repetitions = 5;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    RankBench bench = common.checked(() -> new RankBench(options(), width, repetitions));
    try (Progress progress = terminal.progress("bench", Unit.ROUNDS, repetitions + 1)) {
      Map<String, Object> fields = bench.run(progress::update);
      progress.close();
      BenchTable.print(terminal, fields);
    }
    return 0;
  }

  private TrainOptions options() {
    return TrainOptions.of(latents, k, 1_000L * batch)
        .with("batch", Integer.toString(batch))
        .with("dead-tokens", Long.toString(NEVER))
        .with(more);
  }
}
