package org.sememe.analysis.evaluation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sememe.activations.ActivationStore;
import org.sememe.models.Network;
import org.sememe.sae.Sae;
import org.sememe.sae.dictionary.Dictionary;

/**
 * Measures a dictionary on a store of activations, and in the model's own predictions when a model
 * is given. The records of this package say what each number means.
 *
 * <p>Stateless: several evaluations may run at once. Each reads the store and the weights and owns
 * whatever else it allocates, all of it freed when it returns or throws.
 */
public final class Evaluation {
  private Evaluation() {}

  /**
   * Measures {@code sae} at the hook point its configuration names.
   *
   * @param store holds rows of that hook point; stays open
   * @param model the model the store was harvested from, for the splice; stays open. Empty, or a
   *     model that predicts no tokens: no splice
   * @throws IllegalArgumentException when dictionary, store and model do not belong together, or
   *     when the split has nothing to measure; one line that says what to do
   * @throws IOException when the store holds something a harvest does not write
   */
  public static EvaluationReport evaluate(
      Sae sae,
      ActivationStore store,
      Optional<? extends Network> model,
      EvaluationOptions options,
      EvaluationListener listener)
      throws IOException {
    return evaluate(sae, StoreSplit.of(store, options.split()), model, options, listener);
  }

  static EvaluationReport evaluate(
      Sae sae,
      StoreSplit data,
      Optional<? extends Network> model,
      EvaluationOptions options,
      EvaluationListener listener)
      throws IOException {
    return measure(List.of(Subject.of(sae)), data, model, options, listener).getFirst();
  }

  /**
   * Measures any dictionaries of the same rows, in the same way: reconstructions are compared with
   * what they reconstruct, a transcoder's with its target. What has several outputs is measured at
   * each too, and has no splice. A temporal one sees the rows of a context in order, without those
   * that the store leaves out, and has no splice either; what is told by the batch is refused.
   *
   * @return the reports in their order; the seconds are of all
   */
  public static List<EvaluationReport> ofDictionaries(
      List<Dictionary> dictionaries,
      ActivationStore store,
      Optional<? extends Network> model,
      EvaluationOptions options,
      EvaluationListener listener)
      throws IOException {
    return measure(
        dictionaries.stream().map(Subject::of).toList(),
        StoreSplit.of(store, options.split()),
        model,
        options,
        listener);
  }

  /**
   * Measures several dictionaries of one hook point: each as {@link #evaluate} does, but for the
   * contexts' runs without a dictionary, which are done once for all.
   *
   * @return the reports in their order; the seconds are of all
   */
  public static List<EvaluationReport> together(
      List<Sae> saes,
      ActivationStore store,
      Optional<? extends Network> model,
      EvaluationOptions options,
      EvaluationListener listener)
      throws IOException {
    return together(saes, StoreSplit.of(store, options.split()), model, options, listener);
  }

  static List<EvaluationReport> together(
      List<Sae> saes,
      StoreSplit data,
      Optional<? extends Network> model,
      EvaluationOptions options,
      EvaluationListener listener)
      throws IOException {
    return measure(saes.stream().map(Subject::of).toList(), data, model, options, listener);
  }

  static List<EvaluationReport> measure(
      List<Subject> subjects,
      StoreSplit data,
      Optional<? extends Network> model,
      EvaluationOptions options,
      EvaluationListener listener)
      throws IOException {
    long start = System.nanoTime();
    Subject first = subjects.getFirst();
    for (Subject subject : subjects) {
      if (!subject.alike(first)) {
        throw new IllegalArgumentException(
            "dictionaries of %s and of %s are not measured together"
                .formatted(name(first.inputs()), name(subject.inputs())));
      }
      data.requireRowsFor(subject.inputs(), subject.width());
      data.requireRowsFor(subject.outputs(), subject.outputWidth());
    }
    model.ifPresent(data::requireHarvestedFrom);
    StoreRows rows = data.rows(first.inputs(), first.outputs(), options.rows());
    // Before the rows are measured: what cannot be spliced is to be said at once.
    Optional<Prediction> prediction =
        first.outputs().size() == 1 && !first.inSequence()
            ? model.flatMap(one -> Prediction.of(one, options.seed()))
            : Optional.empty();
    List<SpliceContext> contexts =
        prediction.isPresent()
            ? data.spliceContexts(options.spliceContexts(), prediction.get())
            : List.of();
    Bootstrap bootstrap = new Bootstrap(options.resamples(), options.seed());
    int rowBatch = (int) Math.min(options.rowBatch(), rows.count());
    List<Reconstructor> reconstructors = new ArrayList<>();
    try {
      List<RowScores> scores = new ArrayList<>();
      for (Subject subject : subjects) {
        reconstructors.add(subject.opener().apply(rowBatch));
        scores.add(RowScores.measure(rows, reconstructors.getLast(), bootstrap, listener));
      }
      List<SpliceScores> splices =
          prediction.isPresent()
              ? new Splice(
                      model.get(),
                      first.inputs().getFirst(),
                      first.outputs().getFirst(),
                      reconstructors,
                      data.contexts(),
                      prediction.get())
                  .measure(contexts, options.spliceBatch(), bootstrap, listener)
              : List.of();
      double seconds = (System.nanoTime() - start) * 1e-9;
      List<EvaluationReport> reports = new ArrayList<>();
      for (int i = 0; i < subjects.size(); i++) {
        RowScores own = scores.get(i);
        reports.add(
            new EvaluationReport(
                name(first.inputs()),
                name(first.outputs()),
                options.split().key(),
                data.manifest().counts(options.split()).tokens(),
                rows.count(),
                own.documents(),
                data.manifest().sinksExcluded(),
                own.reconstruction(),
                own.fvuByHook(),
                subjects
                    .get(i)
                    .dictionary()
                    .map(one -> DecoderShare.of(one, own.spreadByHook(), own.use().firings()))
                    .orElse(Map.of()),
                own.use(),
                splices.isEmpty() ? Optional.empty() : Optional.of(splices.get(i)),
                seconds));
      }
      return reports;
    } finally {
      reconstructors.forEach(Reconstructor::close);
    }
  }

  private static String name(List<String> hooks) {
    return String.join(",", hooks);
  }
}
