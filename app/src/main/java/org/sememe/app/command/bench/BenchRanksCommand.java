package org.sememe.app.command.bench;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import org.sememe.app.bench.RankBench;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;
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
  @Mixin private CommonOptions common;
  @Mixin private StepOptions step;

  @Option(
      names = "--repetitions",
      paramLabel = "N",
      description = "Timed rounds of three steps (default: ${DEFAULT-VALUE}).")
  private int repetitions = 5;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    RankBench bench =
        common.checked(() -> new RankBench(step.training(Map.of()), step.width(), repetitions));
    try (Progress progress = terminal.progress("bench", Unit.ROUNDS, repetitions + 1)) {
      Map<String, Object> fields = bench.run(progress::update);
      progress.close();
      BenchTable.print(terminal, fields);
    }
    return 0;
  }
}
