package org.sememe.training;

/**
 * Whether a dictionary is trained by what the model makes of its reconstructions (Braun et al.
 * 2024). Needs the model and its text, not a store, and several runs of the model a step.
 *
 * @param endToEnd which loss of the model's predictions is added. Default none
 * @param endToEndWeight its weight. Default 1
 * @param errorWeight weight of the reconstructions' squared error. Default 1
 */
public record EndToEnd(Loss endToEnd, double endToEndWeight, double errorWeight)
    implements OptionGroup {
  /** A loss of the model's predictions. */
  public enum Loss {
    /** None. */
    NONE,
    /** The divergence of the predictions from those without the dictionary, in nats a token. */
    KL,
    /** The cross-entropy of the next token. */
    CE
  }

  public EndToEnd {
    TrainOptions.require(endToEndWeight > 0, "end-to-end-weight", "above 0");
    TrainOptions.require(
        errorWeight > 0 || errorWeight == 0 && endToEnd != Loss.NONE,
        "error-weight",
        "above 0, or 0 with end-to-end");
  }

  /** The error alone. */
  public static EndToEnd none() {
    return new EndToEnd(Loss.NONE, 1, 1);
  }

  /** Whether the model's predictions count. */
  public boolean wanted() {
    return endToEnd != Loss.NONE;
  }
}
