package org.sememe.sae.objective;

import java.util.Collections;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * A loss and all that was seen on the way to it. Its tensors belong to the {@code PointerScope} in
 * which it was made. One thread at a time.
 */
public final class Evaluation {
  private final Weights weights;
  private final SequencedMap<String, Term> terms;
  private final Tensor total;
  private final Encoding encoding;
  private final Tensor reconstruction;

  Evaluation(
      Weights weights,
      SequencedMap<String, Term> terms,
      Tensor total,
      Encoding encoding,
      Tensor reconstruction) {
    this.weights = weights;
    this.terms = terms;
    this.total = total;
    this.encoding = encoding;
    this.reconstruction = reconstruction;
  }

  /**
   * The terms by name: {@code error}, {@code error_prefix_M}, {@code error_wider_N} and {@code
   * error_budgets} for the reconstructions; {@code balance} of a router; {@code penalty_I} in the
   * design's order; {@code gate} and {@code dead}.
   */
  public SequencedMap<String, Term> terms() {
    return Collections.unmodifiableSequencedMap(terms);
  }

  /** The value of a term before its weight. */
  public double value(String term) {
    Term known = terms.get(term);
    if (known == null) {
      throw new IllegalArgumentException("no term " + term + "; there are " + terms.keySet());
    }
    return known.value().item_double();
  }

  /** The loss: the terms by their weights, added. */
  public Tensor total() {
    return total;
  }

  /** {@code [n, F]}; a gated dictionary's are its gate's. */
  public Tensor preActivations() {
    return encoding.preActivations();
  }

  /** {@code [n, F]}, 0 where a latent is not active. */
  public Tensor activations() {
    return encoding.activations();
  }

  /** The dictionary's own, {@code [n, d_out]}. */
  public Tensor reconstruction() {
    return reconstruction;
  }

  /** Which latents fired in the batch, bools {@code [F]}. */
  public Tensor fired() {
    return activations().detach().ne(new Scalar(0.0)).any(0, false);
  }

  /** The least activation above 0 in the batch: what BatchTopK's threshold is the mean of. */
  public OptionalDouble leastActive() {
    Tensor plain = activations().detach();
    Tensor positive = plain.masked_select(plain.gt(new Scalar(0.0)));
    return positive.numel() == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(positive.min().item_double());
  }

  /**
   * Gradients of the total by parameter, zeros where one takes no part, none for constants;
   * computed at each call.
   */
  public Map<String, Tensor> gradients() {
    return weights.gradients(total);
  }
}
