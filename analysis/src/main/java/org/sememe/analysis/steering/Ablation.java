package org.sememe.analysis.steering;

import java.util.List;
import java.util.Optional;

/**
 * What one feature does for the next token, at each token of a text where it is active.
 *
 * @param latent the feature
 * @param truncated whether the text was longer than what was run
 * @param tokens of the text, or of an example's window
 * @param measured tokens with an effect: the strongest ones, where there are many
 * @param active tokens on which the feature is active
 */
public record Ablation(
    int latent, boolean truncated, List<Token> tokens, int measured, int active) {
  /**
   * One token.
   *
   * @param activation of the feature, 0 where it is not active
   * @param effect of the feature here on what comes next; absent where it was not measured
   */
  public record Token(String text, double activation, Optional<Effect> effect) {}

  /**
   * How the next-token distribution changes when the feature is set to 0 at this token alone, the
   * dictionary's error kept.
   *
   * @param next the token that follows; absent after the last one
   * @param raised the tokens whose probability ablation raises most, the largest change first
   * @param lowered the tokens whose probability ablation lowers most, the largest change first
   */
  public record Effect(Optional<Next> next, List<Change> raised, List<Change> lowered) {}

  /**
   * The token that follows.
   *
   * @param before its probability in the model as it is
   * @param after its probability without the feature
   * @param lossChange {@code ln before - ln after}, in nats: above 0 where the feature helps
   */
  public record Next(String token, double before, double after, double lossChange) {}

  /** A token's probability with the feature and without it. */
  public record Change(String token, double before, double after) {}
}
