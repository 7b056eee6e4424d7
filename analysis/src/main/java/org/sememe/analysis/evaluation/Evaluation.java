package org.sememe.analysis.evaluation;

import java.io.IOException;
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
    long start = System.nanoTime();
    String hook = sae.config().hook();
    data.requireRowsFor(sae.config());
    model.ifPresent(data::requireHarvestedFrom);
    StoreRows rows = data.rows(hook, options.rows());
    // Before the rows are measured: what cannot be spliced is to be said at once.
    List<SpliceContext> contexts =
        model.isPresent() ? data.spliceContexts(options.spliceContexts()) : List.of();
    Bootstrap bootstrap = new Bootstrap(options.resamples(), options.seed());
    int rowBatch = (int) Math.min(options.rowBatch(), rows.count());
    try (Reconstructor reconstructor = new Reconstructor(sae, rowBatch)) {
      RowScores scores = RowScores.measure(rows, reconstructor, bootstrap, listener);
      Optional<SpliceScores> splice = Optional.empty();
      if (model.isPresent()) {
        Splice run = new Splice(model.get(), hook, reconstructor, data.contexts());
        splice = Optional.of(run.measure(contexts, options.spliceBatch(), bootstrap, listener));
      }
      return new EvaluationReport(
          hook,
          options.split().key(),
          data.manifest().counts(options.split()).tokens(),
          rows.count(),
          scores.documents(),
          data.manifest().sinksExcluded(),
          scores.reconstruction(),
          scores.use(),
          splice,
          (System.nanoTime() - start) * 1e-9);
    }
  }
}
