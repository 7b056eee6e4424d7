package org.sememe.app.bench;

import java.io.IOException;
import java.util.Optional;
import org.sememe.activations.ActivationStore;
import org.sememe.training.BatchSource;
import org.sememe.training.StartingPoint;
import org.sememe.training.StoreBatches;
import org.sememe.training.TrainOptions;
import org.sememe.training.TrainState;

/**
 * Held-out quality against seconds of training: our step and a dense one through autograd on the
 * same libtorch, with the same options, from the same weights, on the same rows in the same order.
 * They take turns, from one measurement to the next, so that both meet the machine in the same
 * mood.
 *
 * @param options of both
 * @param threads for both
 * @param target FVE whose reaching is timed
 * @param evalRows held-out rows that FVE is measured on, at most
 * @param evalEvery steps from one measurement to the next, at least 1
 * @param rival whether the dense step is run
 * @param stopAtTarget whether the dense step stops once it is there
 */
public record QualityBench(
    TrainOptions options,
    int threads,
    double target,
    long evalRows,
    long evalEvery,
    boolean rival,
    boolean stopAtTarget) {
  /** Checks the ranges. */
  public QualityBench {
    if (!(target > 0 && target < 1)) {
      throw new IllegalArgumentException("the target FVE must lie between 0 and 1: " + target);
    }
    if (evalRows < 2 || evalEvery < 1) {
      throw new IllegalArgumentException(
          "measuring needs at least 2 rows and at least 1 step between: %d, %d"
              .formatted(evalRows, evalEvery));
    }
  }

  /** Told after every measurement. */
  @FunctionalInterface
  public interface Listener {
    /**
     * @param step steps of our run
     * @param fve where it stands
     */
    void measured(long step, double fve);
  }

  /** Steps of a whole run. */
  public long steps() {
    return Math.ceilDiv(options.tokens(), (long) options.batch());
  }

  /** Trains and measures. */
  public QualityReport run(ActivationStore store, String hook, Listener listener)
      throws IOException {
    HeldOutMeasure measure = new HeldOutMeasure(store, hook, evalRows);
    try (BatchSource rows = rows(store, hook);
        SparseStep own = new SparseStep(options, rows.width(), threads)) {
      StartingPoint start = StartingPoint.estimate(rows, options);
      start.applyTo(own.state());
      try (QualityRun ours =
          new QualityRun(own, own.state().tensors(), rows, start, options, measure)) {
        Optional<QualityCurve> dense = Optional.empty();
        if (rival) {
          dense = Optional.of(againstDense(ours, own.state(), store, hook, start, listener));
        } else {
          inTurns(ours, Optional.empty(), listener);
        }
        return new QualityReport(
            this, store.folder(), hook, options.plan(rows.width()), ours.curve(), dense);
      }
    }
  }

  private QualityCurve againstDense(
      QualityRun ours,
      TrainState initial,
      ActivationStore store,
      String hook,
      StartingPoint start,
      Listener listener)
      throws IOException {
    try (BatchSource rows = rows(store, hook);
        DenseAuxK auxiliary = new DenseAuxK(options, options.plan(rows.width()));
        RivalStep dense =
            new RivalStep(
                new DenseAutograd(Optional.of(auxiliary).filter(a -> options.auxAlpha() > 0)),
                options,
                rows.width(),
                initial);
        QualityRun theirs =
            new QualityRun(
                dense,
                dense.weights().tensors(),
                rows,
                start,
                options,
                new HeldOutMeasure(store, hook, evalRows))) {
      inTurns(ours, Optional.of(theirs), listener);
      return theirs.curve();
    }
  }

  private void inTurns(QualityRun ours, Optional<QualityRun> dense, Listener listener)
      throws IOException {
    while (ours.steps() < steps()) {
      long some = Math.min(evalEvery, steps() - ours.steps());
      ours.train(some);
      if (dense.isPresent() && !(stopAtTarget && dense.get().fve() >= target)) {
        dense.get().train(some);
      }
      listener.measured(ours.steps(), ours.fve());
    }
  }

  private BatchSource rows(ActivationStore store, String hook) {
    return new StoreBatches(store, hook, options.seed(), options.nonFinite());
  }
}
