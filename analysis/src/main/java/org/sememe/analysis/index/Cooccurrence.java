package org.sememe.analysis.index;

/**
 * How often two latents fire on the same token, against how often they would by chance.
 *
 * @param together tokens on which both fire
 * @param one tokens on which the first fires
 * @param other tokens on which the second fires
 * @param tokens tokens in all
 */
record Cooccurrence(long together, long one, long other, long tokens) {

  /** Tokens on which both would fire if neither knew of the other. */
  double expected() {
    return (double) one * other / tokens;
  }

  /**
   * The phi coefficient: Pearson's correlation of firing (1) and not firing (0), from -1 to 1, and
   * 0 where the two are independent. 0 also where one of them fires always or never.
   */
  double phi() {
    double spread = (double) one * (tokens - one) * other * (tokens - other);
    return spread == 0
        ? 0
        : ((double) together * tokens - (double) one * other) / Math.sqrt(spread);
  }

  /**
   * A bound on how likely chance alone is to bring the two together so often: the natural logarithm
   * of its inverse, at least 0. Where one latent's tokens are drawn at random, whatever the other's
   * are, {@code P(together or more) <= exp(-n KL(together / n || m / tokens))} with n the tokens of
   * the one and m of the other (Hoeffding 1963, theorem 1 and section 6: the number is
   * hypergeometric); of the two ways to read it the stronger one. 0 where they meet no more often
   * than chance expects.
   */
  double evidence() {
    if (together <= expected()) {
      return 0;
    }
    return Math.max(divergence(one, other), divergence(other, one));
  }

  private double divergence(long drawn, long marked) {
    double share = (double) together / drawn;
    double chance = (double) marked / tokens;
    double rest = share < 1 ? (1 - share) * Math.log((1 - share) / (1 - chance)) : 0;
    return drawn * (share * Math.log(share / chance) + rest);
  }
}
