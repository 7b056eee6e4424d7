package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.sememe.activations.ActivationStore;
import org.sememe.analysis.index.DelphiCache;
import org.sememe.analysis.index.DictionarySummary;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.analysis.index.IndexOptions;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.inputs.DictionaryFolder;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.inputs.SentenceModel;
import org.sememe.app.stages.IndexStage;
import org.sememe.app.stages.MapStage;
import org.sememe.app.stages.MeaningStage;
import org.sememe.app.stages.StageClock;
import org.sememe.app.studio.MapFile;
import org.sememe.app.terminal.Terminal;
import org.sememe.models.LanguageModel;
import org.sememe.sae.Sae;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Indexes what every latent responds to. */
@Command(
    name = "index",
    description = "Index what every latent responds to, for the studio.",
    footer = {
      "",
      "Examples:",
      "  sememe index runs/layer9",
      "  sememe index runs/layer9 --tokens 1M",
      "  sememe index runs/layer9 --map --meaning",
      "  sememe index dictionaries/pythia --from results/run1/latents/layers.9 --model MODEL"
    })
public final class IndexCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;

  @Parameters(paramLabel = "DICT", description = DictionaryFolder.WHAT)
  private String dictionary;

  @Option(
      names = "--store",
      paramLabel = "DIR",
      description = "The store to index (default: the one its run was trained on).")
  private Optional<Path> store = Optional.empty();

  @Option(
      names = "--from",
      paramLabel = "DIR",
      description =
          "Index what a cache of delphi's says instead, the folder latents/HOOK of its run: nothing"
              + " is encoded.")
  private Optional<Path> from = Optional.empty();

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description =
          "The model that the rows came from (default: the one the store or the dictionary's run"
              + " names).")
  private Optional<String> model = Optional.empty();

  @Option(
      names = {"--rows", "--tokens"},
      paramLabel = "N",
      description =
          "Rows to index, at most (default: ${DEFAULT-VALUE}). A larger number adds to what was"
              + " encoded before.")
  private long rows = IndexOptions.defaults().rows();

  @Option(
      names = "--map",
      description =
          "Lay out a map of the decoder directions too, for the studio (50,000 of them at most).")
  private boolean map;

  @Option(
      names = "--meaning",
      description =
          "Make vectors of what the features mean too, for finding them by meaning; what is there"
              + " is kept, and what was interrupted goes on.")
  private boolean meaning;

  @Option(
      names = "--encoder",
      paramLabel = "MODEL",
      description = "The sentence encoder for --meaning (default: ${DEFAULT-VALUE}).")
  private String encoder = SentenceModel.STANDARD;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    if (from.isPresent() && store.isPresent()) {
      throw common.wrong("--from: a cache has its own text, so leave out --store");
    }
    IndexOptions options = common.checked(() -> IndexOptions.defaults().withRows(rows));
    DictionaryFolder folder =
        DictionaryFolder.of(dictionary, new ModelOpener(terminal, common.threads()));
    Path file = folder.kept().resolve(IndexStage.FILE);
    StageClock clock = new StageClock();
    clock.time(
        "index",
        () -> {
          try (Sae sae = folder.load(common.threads())) {
            if (from.isPresent()) {
              indexCache(sae, folder, from.get(), file, options);
            } else {
              indexStore(sae, folder, file, options);
            }
            if (map) {
              new MapStage(terminal).run(sae, folder.kept().resolve(MapFile.FILE));
            }
            return file;
          }
        });
    if (meaning) {
      clock.time(
          "meaning",
          () ->
              new MeaningStage(terminal, new ModelOpener(terminal, common.threads()))
                  .run(folder.kept(), encoder));
    }
    try (FeatureIndex index = FeatureIndex.open(file)) {
      DictionarySummary summary = index.summary();
      terminal.say(
          String.format(
              Locale.ROOT,
              "%,d of %,d latents fire on %,d tokens: %s",
              summary.alive(),
              summary.latents(),
              summary.tokens(),
              file));
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("index", file.toAbsolutePath().normalize().toString());
      fields.put("latents", summary.latents());
      fields.put("alive", summary.alive());
      fields.put("tokens", summary.tokens());
      fields.put("contexts", summary.contexts());
      fields.put("seconds", clock.seconds());
      terminal.result(fields);
    }
    return 0;
  }

  private void indexStore(Sae sae, DictionaryFolder folder, Path file, IndexOptions options)
      throws IOException {
    Terminal terminal = common.terminal();
    try (ActivationStore opened =
            ActivationStore.open(store.isPresent() ? store.get() : folder.store());
        LanguageModel running = new ModelOpener(terminal, common.threads()).open(reader(opened))) {
      new IndexStage(terminal).run(sae, folder.folder(), opened, running, file, options);
    }
  }

  private void indexCache(
      Sae sae, DictionaryFolder folder, Path cache, Path file, IndexOptions options)
      throws IOException {
    Terminal terminal = common.terminal();
    String reader =
        model
            .or(folder::model)
            .orElseThrow(() -> new IOException("--from: name the --model that read its tokens"));
    try (DelphiCache opened = DelphiCache.open(cache);
        LanguageModel running = new ModelOpener(terminal, common.threads()).open(reader)) {
      new IndexStage(terminal).run(sae, folder.folder(), opened, running, file, options);
    }
  }

  /** The model that read the store's text. */
  private String reader(ActivationStore opened) throws IOException {
    if (!opened.manifest().ofText()) {
      throw new IOException(
          dictionary + ": its rows come from no text: see them with sememe diffusion show");
    }
    return model.orElse(opened.manifest().model().path());
  }
}
