package org.sememe.analysis.evaluation;

import org.sememe.activations.Split;

/**
 * How much to measure.
 *
 * @param split which part of the store; held-out unless there is a reason
 * @param rows rows at most, from the start of the split; at least 1
 * @param spliceContexts contexts at most, evenly over the split; at least 1
 * @param rowBatch rows encoded at once
 * @param spliceBatch contexts run through the model at once; three variants of each run together,
 *     and a variant's logits are {@code [batch * context, vocabulary]} float32
 * @param resamples bootstrap resamples behind each interval
 * @param seed of the bootstrap
 */
public record EvaluationOptions(
    Split split,
    long rows,
    int spliceContexts,
    int rowBatch,
    int spliceBatch,
    int resamples,
    long seed) {

  /** Checks the ranges. */
  public EvaluationOptions {
    require(rows > 0, "rows", rows);
    require(spliceContexts > 0, "splice contexts", spliceContexts);
    require(rowBatch > 0, "row batch", rowBatch);
    require(spliceBatch > 0, "splice batch", spliceBatch);
    require(resamples > 0, "resamples", resamples);
  }

  /**
   * The defaults: at most 100,000 held-out rows, 64 contexts for the splice, 4 at once, 1,000
   * resamples.
   */
  public static EvaluationOptions defaults() {
    return new EvaluationOptions(Split.HELD_OUT, 100_000, 64, 2_048, 4, 1_000, 0);
  }

  /** These options with another {@code rows}. */
  public EvaluationOptions withRows(long value) {
    return new EvaluationOptions(
        split, value, spliceContexts, rowBatch, spliceBatch, resamples, seed);
  }

  /** These options with another {@code spliceContexts}. */
  public EvaluationOptions withSpliceContexts(int value) {
    return new EvaluationOptions(split, rows, value, rowBatch, spliceBatch, resamples, seed);
  }

  /** These options with another {@code seed}. */
  public EvaluationOptions withSeed(long value) {
    return new EvaluationOptions(
        split, rows, spliceContexts, rowBatch, spliceBatch, resamples, value);
  }

  private static void require(boolean holds, String name, long value) {
    if (!holds) {
      throw new IllegalArgumentException(name + ": " + value + " is not positive");
    }
  }
}
