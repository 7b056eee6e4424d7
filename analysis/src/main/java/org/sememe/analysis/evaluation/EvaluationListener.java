package org.sememe.analysis.evaluation;

/**
 * Told about an evaluation's progress after every batch, on the evaluating thread. An exception
 * thrown here stops the evaluation; everything it holds is freed.
 */
@FunctionalInterface
public interface EvaluationListener {
  /**
   * Called after a batch: rows first, up to all of them; then, with a model, contexts from the
   * start again, with a total of their own.
   */
  void progress(long done, long total);

  /** Tells nobody. */
  static EvaluationListener none() {
    return (done, total) -> {};
  }
}
