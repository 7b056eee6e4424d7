package org.sememe.app.command.bench;

import org.sememe.app.command.options.GroupOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The benchmarks. */
@Command(
    name = "bench",
    description = "Measure how fast it is on this machine, and what training finds.",
    synopsisSubcommandLabel = "BENCHMARK",
    subcommands = {
      BenchTrainCommand.class,
      BenchQualityCommand.class,
      BenchScreenCommand.class,
      BenchIndexCommand.class,
      BenchStudioCommand.class,
      BenchHarvestCommand.class,
      BenchEncodeCommand.class,
      BenchDiffusionCommand.class,
      BenchMemoryCommand.class,
      BenchStartupCommand.class,
      BenchRanksCommand.class,
      BenchManyCommand.class,
      BenchShuffleCommand.class,
      BenchPlantedCommand.class
    },
    footer = {"", "Example:", "  sememe bench train --latents 24576 --k 32"})
public final class BenchCommand implements Runnable {
  @Mixin private GroupOptions group;

  @Override
  public void run() {
    throw group.missing("a benchmark");
  }
}
