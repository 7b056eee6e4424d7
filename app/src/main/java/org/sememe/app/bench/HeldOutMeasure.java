package org.sememe.app.bench;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.sememe.activations.ActivationStore;
import org.sememe.analysis.evaluation.Evaluation;
import org.sememe.analysis.evaluation.EvaluationListener;
import org.sememe.analysis.evaluation.EvaluationOptions;
import org.sememe.analysis.evaluation.EvaluationReport;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeConfig;
import org.sememe.sae.Sparsity;

/**
 * How well weights in training reconstruct rows that they are not trained on: what {@code sememe
 * eval} calls FVE, 1 - sum |e|^2 / sum |x - mean|^2 in double precision. Stateless.
 *
 * @param store stays the caller's
 * @param rows held-out rows at most, from the start of the split
 */
record HeldOutMeasure(ActivationStore store, String hook, long rows) {
  /** What was measured, and on how many rows. */
  record Measured(double fve, long rows) {}

  /**
   * Measures a TopK dictionary.
   *
   * @param weights by the names of a training state, for scaled inputs; copied
   * @param scale what inputs are multiplied by in training
   */
  Measured of(Map<String, Tensor> weights, int k, double scale) throws IOException {
    EvaluationOptions defaults = EvaluationOptions.defaults();
    EvaluationOptions options =
        new EvaluationOptions(
            defaults.split(),
            rows,
            defaults.spliceContexts(),
            defaults.rowBatch(),
            defaults.spliceBatch(),
            1, // the interval is not read
            defaults.seed());
    try (PointerScope scope = new PointerScope();
        Sae folded = folded(weights, k, new Scalar(scale))) {
      EvaluationReport report =
          Evaluation.evaluate(folded, store, Optional.empty(), options, EvaluationListener.none());
      return new Measured(report.reconstruction().fve(), report.evalTokens());
    }
  }

  private Sae folded(Map<String, Tensor> weights, int k, Scalar scale) {
    Tensor encoder = weights.get("W_enc");
    int width = (int) encoder.size(1);
    int latents = (int) encoder.size(0);
    return new Sae(
        new SaeConfig(width, latents, new Sparsity.TopK(k), true, hook, "", 1, Map.of()),
        encoder.clone(),
        weights.get("b_enc").div(scale),
        weights.get("W_dec").clone(),
        weights.get("b_dec").div(scale),
        Optional.empty());
  }
}
