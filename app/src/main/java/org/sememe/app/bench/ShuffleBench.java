package org.sememe.app.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sememe.activations.ActivationStore;
import org.sememe.analysis.evaluation.Evaluation;
import org.sememe.analysis.evaluation.EvaluationListener;
import org.sememe.analysis.evaluation.EvaluationOptions;
import org.sememe.analysis.evaluation.EvaluationReport;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeFiles;
import org.sememe.tensors.RandomStream;
import org.sememe.training.Provenance;
import org.sememe.training.Shuffle;
import org.sememe.training.StoreBatches;
import org.sememe.training.TrainMember;
import org.sememe.training.TrainOptions;
import org.sememe.training.TrainResult;
import org.sememe.training.Trainer;
import org.sememe.training.TrainingRun;

/**
 * How well shuffles mix a store's rows: how alike the rows of a batch are, beside rows drawn at
 * random; and what dictionaries that were trained on equally many rows leave unexplained.
 *
 * @param shuffles the first is what the others are compared with
 * @param options of training; its batch is that of the measure too
 * @param batches that are looked at, at least 2
 * @param seeds dictionaries of each shuffle, each with an order and weights of its own; 0 trains
 *     none
 * @param evalRows held-out rows to measure on, at most
 */
public record ShuffleBench(
    List<Shuffle> shuffles, TrainOptions options, int batches, int seeds, long evalRows) {
  private static final int MEAN_ROWS = 50_000;

  /** Checks the ranges. */
  public ShuffleBench {
    shuffles = List.copyOf(shuffles);
    if (shuffles.isEmpty() || batches < 2 || seeds < 0) {
      throw new IllegalArgumentException(
          "there must be at least 1 shuffle and 2 batches: %d, %d"
              .formatted(shuffles.size(), batches));
    }
  }

  /** Dictionaries to train. */
  public int work() {
    return seeds * shuffles.size();
  }

  /** Told after every dictionary. */
  @FunctionalInterface
  public interface Listener {
    void trained(int done);
  }

  /** What was measured; fields as scripts read them. */
  public Map<String, Object> run(ActivationStore store, String hook, Listener listener)
      throws IOException {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("store", store.folder().toString());
    fields.put("hook", hook);
    fields.put("batch", options.batch());
    fields.put("batches", batches);
    Map<String, Map<String, Object>> found = new LinkedHashMap<>();
    double[] mean;
    try (StoreBatches rows = source(store, hook, new Shuffle.None(), 0)) {
      fields.put("rows", rows.rows());
      RandomStream random = RandomStream.of(options.seed()).stream("chance");
      mean = new RandomRows(rows, random.stream("mean")).mean(MEAN_ROWS);
      RandomRows chance = new RandomRows(rows, random.stream("rows"));
      found.put("chance", fields(Likeness.of(chance, mean, options.batch(), batches)));
    }
    for (Shuffle shuffle : shuffles) {
      try (StoreBatches rows = source(store, hook, shuffle, options.seed())) {
        found.put(shuffle.text(), fields(Likeness.of(rows, mean, options.batch(), batches)));
      }
    }
    if (seeds > 0) {
      fields.put("trained_tokens", options.tokens());
      fields.put("latents", options.latents());
      fields.put("k", options.k());
      fields.put("seeds", seeds);
      train(store, hook, found, listener);
    }
    fields.put("shuffles", found);
    return fields;
  }

  private StoreBatches source(ActivationStore store, String hook, Shuffle shuffle, long seed) {
    return new StoreBatches(store, List.of(hook), seed, shuffle, options.nonFinite(), 1);
  }

  private static Map<String, Object> fields(Likeness likeness) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("neighbour_cosine", likeness.neighbours().mean());
    fields.put("neighbour_interval", likeness.neighbours().interval());
    fields.put("neighbour_pairs", likeness.pairs());
    fields.put("batch_cosine", likeness.all().mean());
    fields.put("batch_interval", likeness.all().interval());
    return fields;
  }

  private void train(
      ActivationStore store, String hook, Map<String, Map<String, Object>> found, Listener listener)
      throws IOException {
    List<Double> first = new ArrayList<>();
    int done = 0;
    try (ScratchFolder folder = ScratchFolder.create()) {
      for (Shuffle shuffle : shuffles) {
        List<Double> fvu = new ArrayList<>();
        List<Double> penalty = new ArrayList<>();
        for (int i = 0; i < seeds; i++) {
          fvu.add(fvu(store, hook, shuffle, options.seed() + i, folder.path().resolve("" + done)));
          if (first.size() < seeds) {
            first.add(fvu.getLast());
          }
          penalty.add(fvu.getLast() - first.get(i));
          listener.trained(++done);
        }
        Map<String, Object> own = found.get(shuffle.text());
        own.put("fvu", fvu);
        own.put("fvu_mean", mean(fvu));
        own.put("fvu_penalty", penalty);
        own.put("fvu_penalty_mean", mean(penalty));
      }
    }
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }

  /** What a dictionary leaves unexplained of held-out rows. */
  private double fvu(ActivationStore store, String hook, Shuffle shuffle, long seed, Path folder)
      throws IOException {
    Provenance provenance = new Provenance(hook, "", "", "", "", Map.of());
    TrainMember member =
        new TrainMember(
            TrainingRun.create(folder, provenance),
            options.with("seed", Long.toString(seed)),
            progress -> {});
    TrainResult result;
    try (StoreBatches rows = source(store, hook, shuffle, seed)) {
      result = Trainer.together(List.of(member), rows, () -> false).getFirst();
    }
    if (result.failure().isPresent()) {
      throw new IOException(shuffle.text() + ": " + result.failure().get());
    }
    try (Sae sae = SaeFiles.load(result.dictionary().orElseThrow())) {
      EvaluationReport report =
          Evaluation.evaluate(
              sae,
              store,
              Optional.empty(),
              EvaluationOptions.defaults().withRows(evalRows),
              EvaluationListener.none());
      return report.reconstruction().fvu();
    }
  }
}
