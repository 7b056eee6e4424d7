package org.sememe.analysis.evaluation;

import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import org.sememe.sae.Sae;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.dictionary.TemporalCoder;

/**
 * A dictionary to be measured.
 *
 * @param inputs the hook points that it reads
 * @param outputs those that it reconstructs
 * @param width of each input
 * @param outputWidth of each output
 * @param dictionary itself, where it may have several outputs
 * @param opener gives its reconstructor for so many rows at once
 */
record Subject(
    List<String> inputs,
    List<String> outputs,
    long width,
    long outputWidth,
    Optional<Dictionary> dictionary,
    IntFunction<Reconstructor> opener) {
  static Subject of(Sae sae) {
    List<String> hook = sae.config().hook().isEmpty() ? List.of() : List.of(sae.config().hook());
    return new Subject(
        hook,
        hook,
        sae.config().width(),
        sae.config().width(),
        Optional.empty(),
        rows -> new SaeReconstructor(sae, rows));
  }

  /**
   * Any dictionary.
   *
   * @throws IllegalArgumentException if it has no rows that stand alone
   */
  static Subject of(Dictionary dictionary) {
    if (dictionary.sae().isPresent()) {
      return of(dictionary.sae().get());
    }
    String kind = dictionary.facts().kind().key();
    if (!dictionary.rowsAlone() && !(dictionary instanceof TemporalCoder)) {
      throw new IllegalArgumentException(
          "a "
              + kind
              + " with "
              + dictionary.facts().sparsity()
              + " is not measured row by row; encode applies it");
    }
    List<String> inputs = dictionary.facts().input().hooks();
    List<String> outputs = dictionary.facts().output().hooks();
    if (sites(dictionary.facts().input().shape()) != Math.max(1, inputs.size())
        || sites(dictionary.facts().output().shape()) != Math.max(1, outputs.size())) {
      throw new IllegalArgumentException(
          "the %s does not say which hook points its %d inputs and %d outputs are"
              .formatted(
                  kind,
                  sites(dictionary.facts().input().shape()),
                  sites(dictionary.facts().output().shape())));
    }
    return new Subject(
        inputs,
        outputs,
        dictionary.facts().input().width(),
        dictionary.facts().output().width(),
        Optional.of(dictionary),
        rows -> new CoderReconstructor(dictionary, rows));
  }

  private static long sites(List<Long> shape) {
    return shape.subList(0, shape.size() - 1).stream().reduce(1L, Math::multiplyExact);
  }

  /** Whether a row's reconstruction depends on those before it in its context. */
  boolean inSequence() {
    return dictionary.filter(TemporalCoder.class::isInstance).isPresent();
  }

  /** Whether it reconstructs what it reads. */
  boolean same() {
    return inputs.equals(outputs);
  }

  /** Whether the model can be run with its reconstructions in the place of one activation. */
  boolean spliceable() {
    return outputs.size() == 1 && !inSequence();
  }
}
