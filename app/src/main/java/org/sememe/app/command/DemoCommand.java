package org.sememe.app.command;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.sememe.activations.ActivationStore;
import org.sememe.activations.HarvestOptions;
import org.sememe.activations.HarvestResult;
import org.sememe.analysis.evaluation.EvaluationReport;
import org.sememe.analysis.index.IndexOptions;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.command.options.DictionaryOptions;
import org.sememe.app.command.options.MeasureOptions;
import org.sememe.app.command.options.ServeOptions;
import org.sememe.app.command.options.TextOption;
import org.sememe.app.inputs.DictionaryFolder;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.inputs.RunRows;
import org.sememe.app.stages.EvaluateStage;
import org.sememe.app.stages.HarvestStage;
import org.sememe.app.stages.IndexStage;
import org.sememe.app.stages.Scores;
import org.sememe.app.stages.StageClock;
import org.sememe.app.stages.StudioStage;
import org.sememe.app.stages.TrainStage;
import org.sememe.app.terminal.Durations;
import org.sememe.app.terminal.Terminal;
import org.sememe.models.LanguageModel;
import org.sememe.models.sources.ModelSource;
import org.sememe.models.text.TextSource;
import org.sememe.models.text.TextSources;
import org.sememe.sae.Sae;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.tensors.Sha256;
import org.sememe.training.Provenance;
import org.sememe.training.RowHooks;
import org.sememe.training.TrainOptions;
import org.sememe.training.TrainResult;
import org.sememe.training.TrainingRun;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The whole way, from a model's name to its features in a browser. What is there is used again. */
@Command(
    name = "demo",
    description =
        "From a model to its features in a browser: fetch, harvest, train, measure, index, serve."
            + " Run again, it uses what it has.",
    footer = {
      "",
      "Examples:",
      "  sememe demo",
      "  sememe demo --tokens 20k --latents 1024 --out runs/small --no-studio"
    })
public final class DemoCommand implements Callable<Integer> {
  /** Rows to train on for each token of text: the rows are passed over four times. */
  private static final double ROWS_PER_TOKEN = 1_000_000.0 / 240_000;

  @Mixin private CommonOptions common;
  @Mixin private DictionaryOptions dictionary;
  @Mixin private MeasureOptions measure;
  @Mixin private ServeOptions serve;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      description = "Tokens of text to run through the model (default: ${DEFAULT-VALUE}).")
  private long tokens = 240_000;

  @Option(
      names = "--train-tokens",
      paramLabel = "N",
      description = "Rows to train on, repeats counted (default: 25/6 of --tokens).")
  private Optional<Long> trainTokens = Optional.empty();

  @Option(
      names = "--hook",
      paramLabel = "HOOK",
      description = "The hook point (default: ${DEFAULT-VALUE}).")
  private String hook = "blocks.9.hook_resid_post";

  @Option(
      names = "--text",
      paramLabel = "TEXT",
      description = {TextOption.WHAT, "(default: wordnet+jdk-src)"})
  private Optional<String> text = Optional.empty();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "The run's folder (default: ${DEFAULT-VALUE}).")
  private Path out = Path.of("runs", "demo");

  @Option(
      names = "--store",
      paramLabel = "DIR",
      description = "Where activations are kept (default: a folder of the cache).")
  private Optional<Path> store = Optional.empty();

  @Option(names = "--no-studio", description = "End when everything is built.")
  private boolean noStudio;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    StageClock clock = new StageClock();
    long budget = trainTokens.orElse(Math.round(tokens * ROWS_PER_TOKEN));
    TrainOptions options = common.checked(() -> dictionary.options(budget));
    if (options.beyond().isPresent()) {
      throw common.wrong(
          "the demo ends with an index of features, which "
              + options.beyond().get()
              + " does not have: use train and eval");
    }
    ModelOpener models = new ModelOpener(terminal, common.threads());
    String name = measure.model().orElse("smollm2-135m-instruct");
    Path path = clock.time("pull", () -> models.locate(name));
    try (LanguageModel model = clock.time("load", () -> models.open(path.toString()))) {
      TextSource source = source(terminal);
      HarvestResult harvest = clock.time("harvest", () -> harvest(terminal, model, source));
      TrainingRun run =
          run(
              new RunRows.Stored(
                  harvest.store(), RowHooks.of(hook, Optional.empty()), OptionalLong.empty()),
              options);
      TrainResult trained =
          clock.time("train", () -> train(terminal, run, harvest.store(), options));
      if (!trained.finished()) {
        terminal.note("sememe demo with the same options goes on too");
        return TrainStage.INTERRUPTED;
      }
      DictionaryFolder folder = DictionaryFolder.of(out.toString());
      try (Dictionary found = folder.open(common.threads());
          ActivationStore rows = ActivationStore.open(harvest.store())) {
        EvaluationReport report =
            clock.time(
                "eval",
                () ->
                    new EvaluateStage(terminal)
                        .run(
                            found,
                            folder.folder(),
                            rows,
                            measure.spliced() ? Optional.of(model) : Optional.empty(),
                            measure.options(),
                            folder.kept()));
        Sae sae = found.sae().orElseThrow(); // options of other kinds were refused
        clock.time("index", () -> index(terminal, sae, folder, rows, model));
        terminal.note("to find features by meaning: sememe index " + out + " --meaning");
        report(terminal, report, clock);
        if (noStudio) {
          terminal.say("browse it: sememe studio " + out);
          terminal.result(fields(report, clock, harvest, Optional.empty()));
          return 0;
        }
        serve(terminal, folder, path, report, clock, harvest);
      }
    }
    return 0;
  }

  private TextSource source(Terminal terminal) throws IOException {
    if (text.isPresent()) {
      return TextSources.open(text.get());
    }
    try {
      return TextSources.open("wordnet+jdk-src");
    } catch (IOException noSources) {
      terminal.note(noSources.getMessage() + "; WordNet alone is read");
      return TextSources.open("wordnet");
    }
  }

  private HarvestResult harvest(Terminal terminal, LanguageModel model, TextSource source)
      throws IOException {
    HarvestOptions standard = HarvestOptions.of(hook).withTokens(tokens);
    HarvestOptions options =
        standard.withContextLength(
            Math.min(standard.contextLength(), model.info().contextLength()));
    if (store.isPresent()) {
      return new HarvestStage(terminal).run(model, source, store.get(), options);
    }
    String what = model.info().sha256() + source.name() + options;
    String name = "demo-" + Sha256.of(what.getBytes(StandardCharsets.UTF_8)).substring(0, 12);
    Path cached = ModelSource.cache().resolve("stores").resolve(name);
    return new HarvestStage(terminal).run(model, source, cached, options);
  }

  private TrainingRun run(RunRows rows, TrainOptions options) throws IOException {
    Provenance provenance = rows.provenance();
    if (!Files.exists(out.resolve("run.json"))) {
      return TrainingRun.create(out, provenance);
    }
    TrainingRun run = TrainingRun.open(out);
    if (!run.provenance().equals(provenance) || !run.options().equals(Optional.of(options))) {
      throw new IOException(
          out + ": holds a run of other options or text: give another --out, or delete it");
    }
    return run;
  }

  private static TrainResult train(
      Terminal terminal, TrainingRun run, Path store, TrainOptions options) throws IOException {
    RunRows rows = new RunRows.Stored(store, run.provenance().hooks(), OptionalLong.empty());
    try (RunRows.Opened opened = rows.open(options)) {
      TrainStage stage = new TrainStage(terminal);
      return run.options().isPresent()
          ? stage.resume(run, opened.source())
          : stage.train(run, opened.source(), options);
    }
  }

  private static Path index(
      Terminal terminal,
      Sae sae,
      DictionaryFolder folder,
      ActivationStore store,
      LanguageModel model)
      throws IOException {
    Path file = folder.kept().resolve(IndexStage.FILE);
    new IndexStage(terminal).run(sae, folder.folder(), store, model, file, IndexOptions.defaults());
    return file;
  }

  private static void report(Terminal terminal, EvaluationReport report, StageClock clock) {
    Scores.table(report).forEach(terminal::say);
    StringBuilder times = new StringBuilder("time:");
    double all = 0;
    for (Map.Entry<String, Double> stage : clock.seconds().entrySet()) {
      times.append(
          String.format(Locale.ROOT, " %s %s,", stage.getKey(), Durations.clock(stage.getValue())));
      all += stage.getValue();
    }
    terminal.say(times + " in all " + Durations.clock(all));
  }

  private void serve(
      Terminal terminal,
      DictionaryFolder folder,
      Path model,
      EvaluationReport report,
      StageClock clock,
      HarvestResult harvest)
      throws IOException {
    new StudioStage(terminal, common.threads())
        .run(
            folder,
            folder.kept(),
            serve.settings(Optional.of(model.toString())),
            address -> terminal.result(fields(report, clock, harvest, Optional.of(address))));
  }

  private Map<String, Object> fields(
      EvaluationReport report, StageClock clock, HarvestResult harvest, Optional<URI> studio) {
    Map<String, Object> fields = ResultFields.of(Optional.of(report), clock, out, studio);
    fields.put("tokens", harvest.tokens());
    fields.put("store", harvest.store().toAbsolutePath().normalize().toString());
    return fields;
  }
}
