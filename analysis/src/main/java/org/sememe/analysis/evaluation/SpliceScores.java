package org.sememe.analysis.evaluation;

/**
 * What the model predicts when the hook point's activation x is replaced, on held-out contexts.
 *
 * <p>Three runs: clean (x stays), sae (x becomes its reconstruction), zero (x becomes 0). Positions
 * without a row in the store (first positions, special tokens, sinks) and padding keep x in all
 * three. Cross-entropies and divergences are means over the scored positions: those that have a row
 * and a next token in the same context. So every scored position was itself replaced, and the three
 * means run over the same positions. All in nats.
 *
 * <p>That is of causal models. An encoder is asked for masked tokens instead: in all three runs 15
 * % of the positions that have a row are hidden, and cross-entropies are those of the hidden tokens
 * at their own positions.
 *
 * @param predicts {@code next tokens} or {@code masked tokens}
 * @param ceClean mean cross-entropy of the clean run
 * @param ceSae of the sae run
 * @param ceZero of the zero run
 * @param ceRecovered (ceZero - ceSae) / (ceZero - ceClean). 1 is as good as clean, 0 as bad as
 *     zero; NaN when zero and clean are equal
 * @param ceRecoveredInterval by resampling contexts
 * @param kl mean KL(clean || sae) of the predicted distributions
 * @param klInterval by resampling contexts
 * @param klZero mean KL(clean || zero)
 * @param tokens scored positions
 * @param contexts contexts they lie in
 */
public record SpliceScores(
    String predicts,
    double ceClean,
    double ceSae,
    double ceZero,
    double ceRecovered,
    Interval ceRecoveredInterval,
    double kl,
    Interval klInterval,
    double klZero,
    long tokens,
    int contexts) {
  /** What was written before encoders were measured is of next tokens. */
  public SpliceScores {
    predicts = predicts == null ? NextTokens.WHAT : predicts;
  }
}
