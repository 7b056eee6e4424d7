package org.sememe.training;

import java.io.IOException;
import java.util.function.BooleanSupplier;

/** The training loop. */
public final class Trainer {
  private Trainer() {}

  /**
   * Trains a new run from its first step: estimates the input scale and {@code b_dec} on the
   * source's first rows, steps through the budget, writes metrics and checkpoints on the way and
   * the folded dictionary at the end.
   *
   * @param run a run folder without checkpoints
   * @param source stays the caller's to close
   * @param stopRequested asked after every step; true writes a checkpoint and returns
   * @throws IllegalStateException if the run was begun before (resume it), or if the loss is no
   *     longer a number
   */
  public static TrainResult train(
      TrainingRun run,
      BatchSource source,
      TrainOptions options,
      TrainListener listener,
      BooleanSupplier stopRequested)
      throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * Continues a run from its newest whole checkpoint, or from the start where there is none, with
   * the options it was begun with. The weights at the end are bit for bit those of a run that was
   * never interrupted (same machine, same number of threads).
   *
   * @param source a source made as for the first call
   */
  public static TrainResult resume(
      TrainingRun run, BatchSource source, TrainListener listener, BooleanSupplier stopRequested)
      throws IOException {
    throw new UnsupportedOperationException();
  }
}
