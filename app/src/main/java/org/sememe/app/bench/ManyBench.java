package org.sememe.app.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sememe.activations.ActivationStore;
import org.sememe.activations.ContextRule;
import org.sememe.activations.HarvestListener;
import org.sememe.activations.HarvestOptions;
import org.sememe.activations.Harvester;
import org.sememe.analysis.evaluation.Evaluation;
import org.sememe.analysis.evaluation.EvaluationListener;
import org.sememe.analysis.evaluation.EvaluationOptions;
import org.sememe.app.inputs.DictionaryFolder;
import org.sememe.models.LanguageModel;
import org.sememe.models.text.TextSource;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.training.BatchSource;
import org.sememe.training.ModelBatches;
import org.sememe.training.Provenance;
import org.sememe.training.StoreBatches;
import org.sememe.training.TrainMember;
import org.sememe.training.TrainOptions;
import org.sememe.training.TrainResult;
import org.sememe.training.Trainer;
import org.sememe.training.TrainingRun;

/**
 * What dictionaries of several hook points cost on one pass of the model, beside what its parts
 * cost: one harvest of all these hook points into a store, and the training of each dictionary
 * alone from that store. And what measuring them together costs, beside measuring each alone. All
 * in one process, in turns; medians of the rounds.
 *
 * @param hooks a dictionary of each
 * @param options of training; the rows are as many whole batches as 7/8 of the harvested tokens
 *     fill, so that the pass is one pool
 * @param contexts that are harvested, and that make the pool
 * @param length of a context
 * @param measured contexts that are spliced, at least 1
 * @param threads libtorch's
 * @param rounds timed, at least 1
 */
public record ManyBench(
    List<String> hooks,
    TrainOptions options,
    int contexts,
    int length,
    int measured,
    int threads,
    int rounds) {
  private static final double HELD_OUT = 0.1;

  /** Rows of a pool that are trained on: some are sinks. */
  private static final double KEPT = 7.0 / 8;

  /** Checks the ranges. */
  public ManyBench {
    hooks = List.copyOf(hooks);
    if (rounds < 1 || contexts < 1 || hooks.isEmpty()) {
      throw new IllegalArgumentException("hook points, contexts and rounds must be at least 1");
    }
    long steps = (long) (KEPT * contexts * length / options.batch());
    if (steps < 1) {
      throw new IllegalArgumentException(
          "%d contexts of %d tokens do not fill a batch of %d: take more, or a smaller one"
              .formatted(contexts, length, options.batch()));
    }
    options = options.with("tokens", Long.toString(steps * options.batch()));
  }

  /** Told after every round. */
  @FunctionalInterface
  public interface Listener {
    void round(int done);
  }

  /** Seconds of a round. */
  private record Round(
      double harvest, double steps, double together, double measuredAlone, double measured) {}

  /** Work that is timed. */
  @FunctionalInterface
  private interface Work {
    void run() throws IOException;
  }

  /**
   * What was measured; fields as scripts read them.
   *
   * @param model stays the caller's
   */
  public Map<String, Object> run(LanguageModel model, TextSource text, Listener listener)
      throws IOException {
    List<Round> timed = new ArrayList<>();
    try (ScratchFolder folder = ScratchFolder.create()) {
      Path stored = folder.path().resolve("store");
      harvest(model, text, stored);
      try (ActivationStore store = ActivationStore.open(stored)) {
        alone(store, folder.path().resolve("warm"), hooks.getFirst());
        for (int round = 0; round < rounds; round++) {
          timed.add(round(model, text, store, folder.path().resolve("round-" + round)));
          listener.round(round + 1);
        }
      }
    }
    return fields(model, timed);
  }

  private Round round(LanguageModel model, TextSource text, ActivationStore store, Path folder)
      throws IOException {
    double harvest;
    try (ScratchFolder scratch = ScratchFolder.create()) {
      harvest = seconds(() -> harvest(model, text, scratch.path().resolve("store")));
    }
    double steps = 0;
    for (String hook : hooks) {
      steps += seconds(() -> alone(store, folder.resolve("alone"), hook));
    }
    Path many = folder.resolve("together");
    double together = seconds(() -> together(model, text, many));
    List<Dictionary> dictionaries = new ArrayList<>();
    try {
      for (String hook : hooks) {
        dictionaries.add(DictionaryFolder.of(many.resolve(hook).toString()).open(threads));
      }
      double measuredAlone = 0;
      for (Dictionary one : dictionaries) {
        measuredAlone += seconds(() -> measure(List.of(one), store, model));
      }
      double all = seconds(() -> measure(dictionaries, store, model));
      return new Round(harvest, steps, together, measuredAlone, all);
    } finally {
      dictionaries.forEach(Dictionary::close);
    }
  }

  private static double seconds(Work work) throws IOException {
    long begin = System.nanoTime();
    work.run();
    return (System.nanoTime() - begin) / 1e9;
  }

  private void harvest(LanguageModel model, TextSource text, Path store) throws IOException {
    HarvestOptions wanted =
        HarvestOptions.of(hooks.toArray(String[]::new))
            .withContextLength(length)
            .withHeldOutShare(HELD_OUT)
            .withTokens((long) contexts * length);
    Harvester.harvest(model, model.tokenizer(), text, store, wanted, HarvestListener.none());
  }

  private TrainMember member(Path folder, String hook) throws IOException {
    Provenance provenance = new Provenance(hook, "", "", "", "", Map.of());
    return new TrainMember(
        TrainingRun.create(folder.resolve(hook), provenance), options, progress -> {});
  }

  private void alone(ActivationStore store, Path folder, String hook) throws IOException {
    try (StoreBatches rows = new StoreBatches(store, hook, options.seed(), options.nonFinite())) {
      trained(Trainer.together(List.of(member(folder, hook)), rows, () -> false));
    }
  }

  private void together(LanguageModel model, TextSource text, Path folder) throws IOException {
    List<ModelBatches> sources =
        ModelBatches.together(
            model,
            model.tokenizer(),
            text,
            hooks.stream().map(List::of).toList(),
            new ContextRule(length, true, HELD_OUT, 0),
            contexts,
            options.seed(),
            options.nonFinite());
    try {
      Map<TrainMember, BatchSource> rows = new LinkedHashMap<>();
      for (int i = 0; i < hooks.size(); i++) {
        rows.put(member(folder, hooks.get(i)), sources.get(i));
      }
      trained(Trainer.together(List.copyOf(rows.keySet()), rows::get, () -> false));
    } finally {
      sources.forEach(ModelBatches::close);
    }
  }

  private static void trained(List<TrainResult> results) throws IOException {
    Optional<String> failure = results.stream().flatMap(one -> one.failure().stream()).findFirst();
    if (failure.isPresent()) {
      throw new IOException(failure.get());
    }
  }

  private void measure(List<Dictionary> some, ActivationStore store, LanguageModel model)
      throws IOException {
    Evaluation.ofDictionaries(
        some,
        store,
        Optional.of(model),
        EvaluationOptions.defaults().withSpliceContexts(measured),
        EvaluationListener.none());
  }

  private Map<String, Object> fields(LanguageModel model, List<Round> timed) {
    Map<String, Object> shape = new LinkedHashMap<>();
    shape.put("latents", options.latents());
    shape.put("k", options.k());
    shape.put("batch", options.batch());
    shape.put("architecture", options.toMap().get("architecture"));
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("model", model.info().name());
    fields.put("hooks", hooks);
    fields.put("shape", shape);
    fields.put("harvested_tokens", (long) contexts * length);
    fields.put("trained_tokens", options.tokens());
    fields.put("harvest_s", Median.of(timed, Round::harvest));
    fields.put("steps_s", Median.of(timed, Round::steps));
    fields.put("together_s", Median.of(timed, Round::together));
    fields.put(
        "together_over_parts",
        Median.of(timed, round -> round.together() / (round.steps() + round.harvest())));
    fields.put("spliced_contexts", measured);
    fields.put("measured_alone_s", Median.of(timed, Round::measuredAlone));
    fields.put("measured_together_s", Median.of(timed, Round::measured));
    fields.put(
        "measured_alone_over_together",
        Median.of(timed, round -> round.measuredAlone() / round.measured()));
    fields.put("threads", threads);
    fields.put("rounds", rounds);
    fields.put("cpu", Cpu.name());
    return fields;
  }
}
