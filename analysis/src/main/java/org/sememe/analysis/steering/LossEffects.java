package org.sememe.analysis.steering;

import java.util.List;

/**
 * What the features of a text's tokens do for the token that follows.
 *
 * @param truncated whether the text was longer than what was run
 * @param tokens what was measured at each token, those that help most first
 * @param measured how many were measured: the strongest of each token, where there are many
 * @param active how many are active at a token that another follows
 */
public record LossEffects(boolean truncated, List<List<Effect>> tokens, int measured, int active) {
  /**
   * A feature's effect at a token.
   *
   * @param lossChange how the loss of the next token changes where the feature is set to 0 at this
   *     token alone, the dictionary's error kept, in nats: above 0 where the feature helps
   */
  public record Effect(int latent, double lossChange) {}
}
