package org.sememe.app.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What can be done with diffusion models. */
@Command(
    name = "diffusion",
    description = "Train diffusion models, and draw pictures with them.",
    synopsisSubcommandLabel = "TASK",
    subcommands = {DiffusionTrainCommand.class, DiffusionSampleCommand.class},
    footer = {
      "",
      "Example:",
      "  sememe diffusion sample sd-turbo --prompt \"a red house\" --out house.png"
    })
public final class DiffusionCommand implements Runnable {
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
        "name a task: " + String.join(", ", spec.commandLine().getSubcommands().keySet()));
  }
}
