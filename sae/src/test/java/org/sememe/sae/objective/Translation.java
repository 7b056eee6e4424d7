package org.sememe.sae.objective;

import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.design.Design;

/**
 * A library's configuration in our words.
 *
 * @param losses how each of its losses, by its name, is told from an evaluation
 * @param seen how each of its intermediate tensors is
 * @param after how each of its counters and thresholds is after the forward pass
 * @param fillers its tensors that stand for nothing that it computed, and are not compared
 */
public record Translation(
    Design design,
    Situation situation,
    Map<String, ToDoubleFunction<Evaluation>> losses,
    Map<String, Function<Evaluation, Tensor>> seen,
    Map<String, Function<Evaluation, Tensor>> after,
    Set<String> fillers) {

  static ToDoubleFunction<Evaluation> weighted(String term) {
    return evaluation -> evaluation.value(term) * evaluation.terms().get(term).weight();
  }

  static ToDoubleFunction<Evaluation> plain(String term) {
    return evaluation -> evaluation.value(term);
  }
}
