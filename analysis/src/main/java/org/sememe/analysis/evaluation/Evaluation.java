package org.sememe.analysis.evaluation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.sememe.activations.ActivationStore;
import org.sememe.models.LanguageModel;
import org.sememe.sae.Sae;

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
   * @param model the model the store was harvested from, for the splice; stays open. Empty: no
   *     splice
   * @throws IllegalArgumentException when dictionary, store and model do not belong together, or
   *     when the split has nothing to measure; one line that says what to do
   * @throws IOException when the store holds something a harvest does not write
   */
  public static EvaluationReport evaluate(
      Sae sae,
      ActivationStore store,
      Optional<LanguageModel> model,
      EvaluationOptions options,
      EvaluationListener listener)
      throws IOException {
    return evaluate(sae, StoreSplit.of(store, options.split()), model, options, listener);
  }

  static EvaluationReport evaluate(
      Sae sae,
      StoreSplit data,
      Optional<LanguageModel> model,
      EvaluationOptions options,
      EvaluationListener listener)
      throws IOException {
    return together(List.of(sae), data, model, options, listener).getFirst();
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
      Optional<LanguageModel> model,
      EvaluationOptions options,
      EvaluationListener listener)
      throws IOException {
    return together(saes, StoreSplit.of(store, options.split()), model, options, listener);
  }

  static List<EvaluationReport> together(
      List<Sae> saes,
      StoreSplit data,
      Optional<LanguageModel> model,
      EvaluationOptions options,
      EvaluationListener listener)
      throws IOException {
    long start = System.nanoTime();
    String hook = saes.getFirst().config().hook();
    for (Sae sae : saes) {
      if (!sae.config().hook().equals(hook)) {
        throw new IllegalArgumentException(
            "dictionaries of %s and of %s are not measured together"
                .formatted(hook, sae.config().hook()));
      }
      data.requireRowsFor(sae.config());
    }
    model.ifPresent(data::requireHarvestedFrom);
    StoreRows rows = data.rows(hook, options.rows());
    // Before the rows are measured: what cannot be spliced is to be said at once.
    List<SpliceContext> contexts =
        model.isPresent() ? data.spliceContexts(options.spliceContexts()) : List.of();
    Bootstrap bootstrap = new Bootstrap(options.resamples(), options.seed());
    int rowBatch = (int) Math.min(options.rowBatch(), rows.count());
    List<Reconstructor> reconstructors = new ArrayList<>();
    try {
      List<RowScores> scores = new ArrayList<>();
      for (Sae sae : saes) {
        reconstructors.add(new Reconstructor(sae, rowBatch));
        scores.add(RowScores.measure(rows, reconstructors.getLast(), bootstrap, listener));
      }
      List<SpliceScores> splices =
          model.isPresent()
              ? new Splice(model.get(), hook, reconstructors, data.contexts())
                  .measure(contexts, options.spliceBatch(), bootstrap, listener)
              : List.of();
      double seconds = (System.nanoTime() - start) * 1e-9;
      List<EvaluationReport> reports = new ArrayList<>();
      for (int i = 0; i < saes.size(); i++) {
        RowScores own = scores.get(i);
        reports.add(
            new EvaluationReport(
                hook,
                options.split().key(),
                data.manifest().counts(options.split()).tokens(),
                rows.count(),
                own.documents(),
                data.manifest().sinksExcluded(),
                own.reconstruction(),
                own.use(),
                splices.isEmpty() ? Optional.empty() : Optional.of(splices.get(i)),
                seconds));
      }
      return reports;
    } finally {
      reconstructors.forEach(Reconstructor::close);
    }
  }
}
