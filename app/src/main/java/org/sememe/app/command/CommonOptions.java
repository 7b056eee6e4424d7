package org.sememe.app.command;

import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;

/** What every command takes. */
public final class CommonOptions {
  private static final String DEBUG = "--debug";

  @Option(
      names = "--json",
      description = "Print one JSON object as the last line of standard output.")
  private boolean json;

  @Option(names = DEBUG, description = "Print a stack trace when something fails.")
  private boolean debug;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Processor threads to use (default: all cores).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  private boolean help;

  /** Whether the last line of standard output is to be a JSON object. */
  public boolean json() {
    return json;
  }

  /** Threads for libtorch and the kernels, at least 1. */
  public int threads() {
    if (threads < 1) {
      throw new IllegalArgumentException("--threads " + threads + ": must be at least 1");
    }
    return threads;
  }

  /** Whether {@code --debug} stands on the command line that was parsed, at any level. */
  public static boolean debug(ParseResult parsed) {
    for (ParseResult at = parsed; ; at = at.subcommand()) {
      OptionSpec option = at.commandSpec().findOption(DEBUG);
      if (option != null && Boolean.TRUE.equals(option.getValue())) {
        return true;
      }
      if (!at.hasSubcommand()) {
        return false;
      }
    }
  }
}
