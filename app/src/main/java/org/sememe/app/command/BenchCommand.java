package org.sememe.app.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

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
      BenchHarvestCommand.class,
      BenchEncodeCommand.class,
      BenchMemoryCommand.class,
      BenchStartupCommand.class,
      BenchPlantedCommand.class
    },
    footer = {"", "Example:", "  sememe bench train --latents 24576 --k 32"})
public final class BenchCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  private boolean help;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "name a benchmark: " + String.join(", ", spec.commandLine().getSubcommands().keySet()));
  }
}
