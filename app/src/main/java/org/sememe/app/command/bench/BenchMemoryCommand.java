package org.sememe.app.command.bench;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.sememe.app.bench.MemoryBench;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.terminal.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The memory of a training step. */
@Command(
    name = "memory",
    description =
        "Measure how much memory training needs beside weights and optimiser, in processes of its"
            + " own, on synthetic rows.",
    footer = {
      "",
      "Examples:",
      "  sememe bench memory --latents 131072",
      "  sememe bench memory --latents 8192 --sweep 8192,32768,131072"
    })
public final class BenchMemoryCommand implements Callable<Integer> {
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
  private int latents = 131_072;

  @Option(
      names = "--k",
      paramLabel = "N",
      description = "Active latents a row (default: ${DEFAULT-VALUE}).")
  private int k = 32;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Rows a step (default: ${DEFAULT-VALUE}).")
  private int batch = 4096;

  @Option(
      names = "--dead-tokens",
      paramLabel = "N",
      description = "Rows after which a latent is dead (default: never in so few steps).")
  private long deadTokens = Long.MAX_VALUE;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Steps of each process; the first is not timed (default: ${DEFAULT-VALUE}).")
  private int steps = 4;

  @Option(
      names = "--sweep",
      paramLabel = "F,...",
      arity = "0..1",
      split = ",",
      fallbackValue = "8192,32768,131072",
      description =
          "Time a step with these numbers of latents too (without any: ${FALLBACK-VALUE}).")
  private List<Integer> sweep = List.of();

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    int threads = common.threads();
    MemoryBench bench =
        common.checked(() -> new MemoryBench(width, latents, k, batch, deadTokens, steps, threads));
    Map<String, Object> fields = bench.run();
    if (!sweep.isEmpty()) {
      fields.putAll(bench.sweep(sweep.stream().sorted().toList()));
    }
    BenchTable.print(terminal, fields);
    return 0;
  }
}
