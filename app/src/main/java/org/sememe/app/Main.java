package org.sememe.app;

import org.sememe.app.command.DemoCommand;
import org.sememe.app.command.EncodeCommand;
import org.sememe.app.command.EvalCommand;
import org.sememe.app.command.ExportCommand;
import org.sememe.app.command.Failures;
import org.sememe.app.command.GenerateCommand;
import org.sememe.app.command.HarvestCommand;
import org.sememe.app.command.ImportCommand;
import org.sememe.app.command.IndexCommand;
import org.sememe.app.command.InfoCommand;
import org.sememe.app.command.LabelCommand;
import org.sememe.app.command.PullCommand;
import org.sememe.app.command.RecipesCommand;
import org.sememe.app.command.ResumeCommand;
import org.sememe.app.command.ScaleCommand;
import org.sememe.app.command.ShowCommand;
import org.sememe.app.command.SteerCommand;
import org.sememe.app.command.StudioCommand;
import org.sememe.app.command.SweepCommand;
import org.sememe.app.command.TokensCommand;
import org.sememe.app.command.TrainCommand;
import org.sememe.app.command.bench.BenchCommand;
import org.sememe.app.command.diffusion.DiffusionCommand;
import org.sememe.app.command.options.Count;
import org.sememe.app.command.store.StoreCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The {@code sememe} command. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 stopped by Ctrl-C.
 * Loading this class and printing help touches neither libtorch nor the web server.
 */
@Command(
    name = "sememe",
    version = "sememe 0.1.0",
    mixinStandardHelpOptions = true,
    description = "Finds the units of meaning inside a neural network.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      DemoCommand.class,
      PullCommand.class,
      InfoCommand.class,
      TokensCommand.class,
      GenerateCommand.class,
      HarvestCommand.class,
      StoreCommand.class,
      TrainCommand.class,
      ResumeCommand.class,
      SweepCommand.class,
      ScaleCommand.class,
      RecipesCommand.class,
      EvalCommand.class,
      EncodeCommand.class,
      ImportCommand.class,
      ExportCommand.class,
      IndexCommand.class,
      LabelCommand.class,
      ShowCommand.class,
      StudioCommand.class,
      SteerCommand.class,
      DiffusionCommand.class,
      BenchCommand.class
    },
    footer = {"", "Start with: sememe demo", "Help on a command: sememe COMMAND --help"})
public final class Main implements Runnable {
  @Spec private CommandSpec spec;

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  /** The whole command line, as scripts and tests run it. */
  public static CommandLine commandLine() {
    return new CommandLine(new Main())
        .registerConverter(int.class, Count::parseInt)
        .registerConverter(Integer.class, Count::parseInt)
        .registerConverter(long.class, Count::parse)
        .registerConverter(Long.class, Count::parse)
        .setExecutionExceptionHandler(new Failures())
        .setParameterExceptionHandler(Failures::wrongUsage)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpLongOptionsMaxWidth(32)
        .setUsageHelpAutoWidth(true);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }
}
