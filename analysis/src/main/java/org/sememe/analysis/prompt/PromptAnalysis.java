package org.sememe.analysis.prompt;

import java.util.List;
import java.util.OptionalDouble;

/**
 * A text seen by the dictionary.
 *
 * @param truncated whether the text was cut: to the model's context, or to what is run at once
 *     where that is less
 * @param tokens the text's tokens in order
 * @param features the strongest over the whole text, strongest first
 */
public record PromptAnalysis(boolean truncated, List<Token> tokens, List<Strength> features) {

  /**
   * A token and its active features, strongest first.
   *
   * @param excluded whether the position is left out as an attention sink
   */
  public record Token(String text, boolean excluded, List<Active> features) {}

  /**
   * A feature active on one token.
   *
   * @param maxActivation its largest in the index, or here where that is more
   * @param quantile share of its activations in the index that are smaller; absent if it never
   *     fired there
   */
  public record Active(
      int latent,
      List<String> topTokens,
      double activation,
      double maxActivation,
      double density,
      OptionalDouble quantile) {}

  /**
   * A feature over the whole text.
   *
   * @param activation its largest activation in the text
   * @param maxActivation its largest in the index
   * @param activeTokens tokens of the text on which it is active
   * @param quantile share of its activations in the index that are below its largest here; absent
   *     if it never fired there
   * @param activations one for each token
   */
  public record Strength(
      int latent,
      List<String> topTokens,
      double activation,
      double maxActivation,
      double density,
      int activeTokens,
      OptionalDouble quantile,
      float[] activations) {}
}
