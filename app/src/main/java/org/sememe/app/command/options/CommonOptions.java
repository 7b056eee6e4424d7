package org.sememe.app.command.options;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.sememe.app.inputs.PluginJars;
import org.sememe.app.terminal.Terminal;
import org.sememe.training.ranks.RankPlace;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** What every command takes. */
public final class CommonOptions {
  private static final String DEBUG = "--debug";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--json",
      description = "Print one JSON object as the last line of standard output.")
  private boolean json;

  @Option(names = DEBUG, description = "Print a stack trace when something fails.")
  private boolean debug;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "Processor threads to use (default: all cores, shared with other ranks on the machine).")
  private int threads =
      Math.max(
          1, Runtime.getRuntime().availableProcessors() / RankPlace.onThisMachine(System.getenv()));

  @Option(
      names = "--plugin",
      paramLabel = "JAR",
      description =
          "A jar with pieces of your own, such as a sparsity; may be given several times.")
  public void plugin(List<Path> jars) {
    checked(
        () -> {
          PluginJars.use(jars);
          return jars;
        });
  }

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  private boolean help;

  /** Where the command speaks. */
  public Terminal terminal() {
    return new Terminal(command.commandLine().getOut(), command.commandLine().getErr(), json);
  }

  /** This command, with what was given to it. */
  public SameCommand again() {
    return new SameCommand(command);
  }

  /** Threads for libtorch and the kernels, at least 1. */
  public int threads() {
    if (threads < 1) {
      throw wrong("--threads " + threads + ": must be at least 1");
    }
    return threads;
  }

  /** What {@code make} makes of the command's options; a value it refuses is wrong usage. */
  public <T> T checked(Supplier<T> make) {
    try {
      return make.get();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
  }

  /** A wrong use of the command, to be thrown. */
  public ParameterException wrong(String message) {
    return new ParameterException(command.commandLine(), message);
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
