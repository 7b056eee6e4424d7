package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.concurrent.Callable;
import org.sememe.activations.ActivationStore;
import org.sememe.activations.ContextRule;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.inputs.RunRows;
import org.sememe.app.stages.StageClock;
import org.sememe.app.terminal.Terminal;
import org.sememe.training.TrainOptions;
import org.sememe.training.TrainingRun;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Trains a dictionary, then measures it. */
@Command(
    name = "train",
    description =
        "Train a TopK dictionary on a store's rows, or straight from a model (MODEL --text"
            + " --hook), then measure it on held-out text.",
    footer = {
      "",
      "Examples:",
      "  sememe train --store stores/layer9 --latents 4608 --k 32 --tokens 1M --out runs/layer9",
      "  sememe train smollm2-135m-instruct --text wordnet --hook blocks.9.hook_resid_post"
          + " --tokens 1M --out runs/stream"
    })
public final class TrainCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;
  @Mixin private DictionaryOptions dictionary;
  @Mixin private MeasureOptions measure;

  @Parameters(
      paramLabel = "MODEL",
      arity = "0..1",
      description = {"To train without a store:", ModelOpener.WHAT})
  private Optional<String> model = Optional.empty();

  @Option(names = "--store", paramLabel = "DIR", description = "The store that holds the rows.")
  private Optional<Path> store = Optional.empty();

  @Option(names = "--text", paramLabel = "TEXT", description = TextOption.WHAT)
  private Optional<String> text = Optional.empty();

  @Option(
      names = "--hook",
      paramLabel = "HOOK",
      description = "The hook point (default: the store's, if it has one only).")
  private Optional<String> hook = Optional.empty();

  @Option(
      names = "--tokens",
      paramLabel = "N",
      required = true,
      description = "Rows to train on, repeats counted.")
  private long tokens;

  @Option(names = "--out", paramLabel = "DIR", required = true, description = "The run's folder.")
  private Path out;

  @Option(
      names = "--context-length",
      paramLabel = "N",
      description = "Without a store: tokens in a context (default: ${DEFAULT-VALUE}).")
  private int contextLength = 128;

  @Option(
      names = "--pool",
      paramLabel = "CONTEXTS",
      description =
          "Without a store: contexts whose rows are mixed before they are used (default:"
              + " ${DEFAULT-VALUE}).")
  private int pool = 512;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    TrainOptions options = common.checked(() -> dictionary.options(tokens));
    TrainJob job = new TrainJob(terminal, common.threads(), new StageClock());
    RunRows rows = rows(new ModelOpener(terminal, common.threads()));
    TrainingRun run = TrainingRun.create(out, rows.provenance());
    return job.train(run, rows, options, measure);
  }

  private RunRows rows(ModelOpener models) throws IOException {
    if (store.isPresent() == model.isPresent()) {
      throw common.wrong("give either --store, or a MODEL with --text and --hook");
    }
    if (store.isPresent()) {
      return new RunRows.Stored(store.get(), hook.isPresent() ? hook.get() : onlyHook(store.get()));
    }
    if (text.isEmpty() || hook.isEmpty()) {
      throw common.wrong("training from a MODEL needs --text and --hook");
    }
    return new RunRows.Streamed(
        models,
        model.get(),
        text.get(),
        hook.get(),
        new ContextRule(contextLength, true, 0.1, 0),
        pool);
  }

  private String onlyHook(Path folder) throws IOException {
    try (ActivationStore opened = ActivationStore.open(folder)) {
      SequencedSet<String> hooks = opened.manifest().hooks().sequencedKeySet();
      if (hooks.size() > 1) {
        throw common.wrong("the store holds " + hooks + ": choose one with --hook");
      }
      return hooks.getFirst();
    }
  }
}
