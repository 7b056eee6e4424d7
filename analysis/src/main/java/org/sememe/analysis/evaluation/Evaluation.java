package org.sememe.analysis.evaluation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
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
   * Measures any dictionaries in the same way, with one clean run of the contexts for all:
   * reconstructions are compared with what they reconstruct, a transcoder's with its target. What
   * has several outputs is measured at each too, and has no splice. A temporal one sees the rows of
   * a context in order, without those that the store leaves out, and has no splice either; what is
   * told by the batch is refused.
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
   * Measures several dictionaries, of one hook point or of several: each as {@link #evaluate} does,
   * but for the contexts' clean runs, which are done once for all, and those with zeros, once for
   * each hook point.
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
    for (Subject subject : subjects) {
      data.requireRowsFor(subject.inputs(), subject.width());
      data.requireRowsFor(subject.outputs(), subject.outputWidth());
    }
    model.ifPresent(data::requireHarvestedFrom);
    // Before the rows are measured: what cannot be spliced is to be said at once.
    Optional<Prediction> prediction =
        subjects.stream().anyMatch(Subject::spliceable)
            ? model.flatMap(one -> Prediction.of(one, options.seed()))
            : Optional.empty();
    List<SpliceContext> contexts =
        prediction.isPresent()
            ? data.spliceContexts(options.spliceContexts(), prediction.get())
            : List.of();
    Bootstrap bootstrap = new Bootstrap(options.resamples(), options.seed());
    List<Reconstructor> reconstructors = new ArrayList<>();
    try {
      List<RowScores> scores = new ArrayList<>();
      List<Spliced> spliced = new ArrayList<>();
      for (Subject subject : subjects) {
        StoreRows rows = data.rows(subject.inputs(), subject.outputs(), options.rows());
        int rowBatch = (int) Math.min(options.rowBatch(), rows.count());
        reconstructors.add(subject.opener().apply(rowBatch));
        scores.add(RowScores.measure(rows, reconstructors.getLast(), bootstrap, listener));
        if (prediction.isPresent() && subject.spliceable()) {
          spliced.add(
              new Spliced(
                  subject.inputs().getFirst(),
                  subject.outputs().getFirst(),
                  reconstructors.getLast()));
        }
      }
      List<SpliceScores> splices =
          prediction.isPresent()
              ? new Splice(model.get(), spliced, data.contexts(), prediction.get())
                  .measure(contexts, options.spliceBatch(), bootstrap, listener)
              : List.of();
      Iterator<SpliceScores> found = splices.iterator();
      double seconds = (System.nanoTime() - start) * 1e-9;
      List<EvaluationReport> reports = new ArrayList<>();
      for (int i = 0; i < subjects.size(); i++) {
        RowScores own = scores.get(i);
        Subject subject = subjects.get(i);
        reports.add(
            new EvaluationReport(
                name(subject.inputs()),
                name(subject.outputs()),
                options.split().key(),
                data.manifest().counts(options.split()).tokens(),
                own.use().rows(),
                own.documents(),
                data.manifest().sinksExcluded(),
                own.reconstruction(),
                own.fvuByHook(),
                subject
                    .dictionary()
                    .map(one -> DecoderShare.of(one, own.spreadByHook(), own.use().firings()))
                    .orElse(Map.of()),
                own.use(),
                prediction.isPresent() && subject.spliceable()
                    ? Optional.of(found.next())
                    : Optional.empty(),
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
