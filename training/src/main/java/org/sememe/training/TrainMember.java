package org.sememe.training;

/**
 * One of the runs that are trained together on one stream of rows.
 *
 * @param run a new one, or one that was begun before
 * @param options of the run; where it was begun before, those it was begun with
 * @param listener watches this run
 */
public record TrainMember(TrainingRun run, TrainOptions options, TrainListener listener) {
  public TrainMember {
    if (!run.options().orElse(options).equals(options)) {
      throw new IllegalArgumentException(run.folder() + ": was begun with other options");
    }
  }

  /**
   * A run that was begun before, with the options it was begun with.
   *
   * @throws IllegalStateException if it was not begun yet
   */
  public static TrainMember begun(TrainingRun run, TrainListener listener) {
    return new TrainMember(
        run,
        run.options()
            .orElseThrow(
                () -> new IllegalStateException(run.folder() + ": the run was not begun yet")),
        listener);
  }
}
