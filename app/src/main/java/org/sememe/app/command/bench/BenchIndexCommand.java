package org.sememe.app.command.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.sememe.activations.ActivationStore;
import org.sememe.analysis.index.IndexOptions;
import org.sememe.app.bench.IndexBench;
import org.sememe.app.bench.IndexInputs;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.inputs.DictionaryFolder;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;
import org.sememe.models.LanguageModel;
import org.sememe.sae.Sae;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What an index costs and how fast it answers. */
@Command(
    name = "index",
    description =
        "Time the building of an index against the model's pass and the encoding alone, then its"
            + " answers.",
    footer = {
      "",
      "Example:",
      "  sememe bench index --store stores/layer9 --dictionary runs/layer9 --tokens 50k"
    })
public final class BenchIndexCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;

  @Option(
      names = "--store",
      paramLabel = "DIR",
      description = "The store to index (default: the one its run was trained on).")
  private Optional<Path> store = Optional.empty();

  @Option(
      names = "--dictionary",
      paramLabel = "DICT",
      required = true,
      description = DictionaryFolder.WHAT)
  private String dictionary;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description = "The model that the rows came from (default: the one the store names).")
  private Optional<String> model = Optional.empty();

  @Option(
      names = "--tokens",
      paramLabel = "N",
      description = "Rows to index, at most (default: ${DEFAULT-VALUE}).")
  private long tokens = IndexOptions.defaults().rows();

  @Option(
      names = "--forward-tokens",
      paramLabel = "N",
      description = "Tokens that the model's pass is timed on, about (default: ${DEFAULT-VALUE}).")
  private long forwardTokens = 4096;

  @Option(
      names = "--queries",
      paramLabel = "N",
      description = "Questions of each kind (default: ${DEFAULT-VALUE}).")
  private int queries = 300;

  @Option(
      names = "--repetitions",
      paramLabel = "N",
      description = "Timed rounds (default: ${DEFAULT-VALUE}).")
  private int repetitions = 3;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    int threads = common.threads();
    IndexBench bench =
        common.checked(() -> new IndexBench(tokens, repetitions, forwardTokens, queries, threads));
    DictionaryFolder folder = DictionaryFolder.of(dictionary);
    try (Sae sae = folder.load(threads);
        ActivationStore opened =
            ActivationStore.open(store.isPresent() ? store.get() : folder.store());
        LanguageModel running =
            new ModelOpener(terminal, threads)
                .open(model.orElse(opened.manifest().model().path()));
        Progress progress = terminal.progress("bench", Unit.ROUNDS, repetitions)) {
      Map<String, Object> fields =
          bench.run(new IndexInputs(sae, opened, running), progress::update);
      BenchTable.print(terminal, fields);
    }
    return 0;
  }
}
