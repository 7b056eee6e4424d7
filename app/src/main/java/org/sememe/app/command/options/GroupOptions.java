package org.sememe.app.command.options;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What a command takes that only leads to others. */
public final class GroupOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  private boolean help;

  /** The wrong use that naming none of them is. */
  public ParameterException missing(String what) {
    return new ParameterException(
        command.commandLine(),
        "name " + what + ": " + String.join(", ", command.commandLine().getSubcommands().keySet()));
  }
}
