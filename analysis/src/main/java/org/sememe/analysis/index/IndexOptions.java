package org.sememe.analysis.index;

/**
 * How much an index holds.
 *
 * @param rows rows at most, held-out ones first; the context that reaches the number is the last
 * @param bins bins of a latent's histogram of activations, from 0 to its maximum
 * @param intervals intervals of the same range that examples are drawn from; divides {@code bins}
 * @param strongest examples from the top, each of another context
 * @param perDocument most of them from one document
 * @param perInterval random examples of each interval
 * @param tokens tokens in a latent's statistics
 * @param labelTokens tokens in its automatic label
 * @param effects tokens raised, and tokens lowered, by its decoder direction
 * @param neighbours nearest decoder directions
 * @param partners latents that fire on the same tokens
 * @param pairs of activations on the same token that are counted for them at most, about; tokens
 *     are sampled where there are more
 * @param seed of the random examples
 */
public record IndexOptions(
    long rows,
    int bins,
    int intervals,
    int strongest,
    int perDocument,
    int perInterval,
    int tokens,
    int labelTokens,
    int effects,
    int neighbours,
    int partners,
    long pairs,
    long seed) {
  /** Checks the ranges. */
  public IndexOptions {
    if (rows < 1 || bins < 1 || intervals < 1 || strongest < 1 || perDocument < 1) {
      throw new IllegalArgumentException("rows, bins, intervals and examples must be positive");
    }
    if (perInterval < 0
        || tokens < 0
        || labelTokens < 0
        || effects < 0
        || neighbours < 0
        || partners < 0
        || pairs < 0) {
      throw new IllegalArgumentException(
          "examples of an interval, tokens, effects, neighbours, partners and pairs must not be"
              + " negative");
    }
    if (bins % intervals != 0) {
      throw new IllegalArgumentException(
          intervals + " intervals do not divide " + bins + " bins evenly");
    }
  }

  /**
   * The defaults: 250,000 rows, 48 bins, 8 intervals, the 12 strongest examples and 5 of each
   * interval.
   */
  public static IndexOptions defaults() {
    return new IndexOptions(250_000, 48, 8, 12, 2, 5, 20, 6, 10, 10, 10, 1L << 32, 0);
  }

  /** These options with another {@code rows}. */
  public IndexOptions withRows(long value) {
    return new IndexOptions(
        value,
        bins,
        intervals,
        strongest,
        perDocument,
        perInterval,
        tokens,
        labelTokens,
        effects,
        neighbours,
        partners,
        pairs,
        seed);
  }
}
