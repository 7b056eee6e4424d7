package org.sememe.app.command.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import org.sememe.app.bench.StartupBench;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.inputs.DictionaryFolder;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;
import org.sememe.models.sources.ModelSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** From the command's start to its end, for commands with little to do. */
@Command(
    name = "startup",
    description =
        "Time short commands from start to end, in processes that are started as this one was.",
    footer = {"", "Example:", "  sememe bench startup --dictionary runs/layer9"})
public final class BenchStartupCommand implements Callable<Integer> {
  private static final String TEXT = "The quick brown fox jumps over the lazy dog.\n";

  @Mixin private CommonOptions common;
  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description = "The model of the command tokens (default: one that was pulled before).")
  private Optional<String> model = Optional.empty();

  @Option(
      names = "--dictionary",
      paramLabel = "DICT",
      description = {"For the command info.", DictionaryFolder.WHAT})
  private Optional<String> dictionary = Optional.empty();

  @Option(
      names = "--launcher",
      paramLabel = "FILE",
      description =
          "Start this program, such as ./sememe, in place of Java with the options of this"
              + " process.")
  private Optional<Path> launcher = Optional.empty();

  @Option(
      names = "--repetitions",
      paramLabel = "N",
      description = "Timed rounds (default: ${DEFAULT-VALUE}).")
  private int repetitions = 7;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    StartupBench bench = common.checked(() -> new StartupBench(program(), repetitions));
    Path text = Files.createTempFile("sememe-bench", ".txt");
    try (Progress progress = terminal.progress("bench", Unit.ROUNDS, repetitions + 1L)) {
      Files.writeString(text, TEXT);
      SequencedMap<String, List<String>> commands = new LinkedHashMap<>();
      Map<String, String> skipped = new LinkedHashMap<>();
      commands.put("help", List.of("--help"));
      Optional<String> tokenized = model.or(BenchStartupCommand::cached);
      if (tokenized.isPresent()) {
        commands.put("tokens", List.of("tokens", tokenized.get(), "--text-file", text.toString()));
      } else {
        skipped.put("tokens", "no model was pulled: give one with --model");
      }
      if (dictionary.isPresent()) {
        commands.put("info", List.of("info", dictionary.get()));
      } else {
        skipped.put("info", "no dictionary: give one with --dictionary");
      }
      Map<String, Object> fields = bench.run(commands, progress::update);
      if (launcher.isEmpty()) {
        fields.put("aot_cache", StartupBench.aotCache());
      }
      fields.put("commands", commands);
      fields.put("skipped", skipped);
      fields.put("threads", common.threads());
      BenchTable.print(terminal, fields);
    } finally {
      Files.deleteIfExists(text);
    }
    return 0;
  }

  private List<String> program() {
    return launcher
        .map(file -> List.of(file.toAbsolutePath().toString()))
        .orElseGet(() -> StartupBench.likeThisOne(spec.root().userObject().getClass()));
  }

  private static Optional<String> cached() {
    return ModelSource.names().stream()
        .filter(name -> ModelSource.cached(name).isPresent())
        .findFirst();
  }
}
