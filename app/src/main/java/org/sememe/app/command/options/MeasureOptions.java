package org.sememe.app.command.options;

import java.util.Optional;
import org.sememe.analysis.evaluation.EvaluationOptions;
import org.sememe.app.sweep.SweepMeasure;
import picocli.CommandLine.Option;

/** How much to measure. */
public final class MeasureOptions {
  private static final long MOST_ROWS = 100_000;
  private static final int MOST_CONTEXTS = 64;

  @Option(
      names = "--eval-rows",
      paramLabel = "N",
      description = "Held-out rows to measure on, at most (default: " + MOST_ROWS + ").")
  private Optional<Long> rows = Optional.empty();

  @Option(
      names = "--eval-contexts",
      paramLabel = "N",
      description =
          "Held-out contexts, evenly over all, to run with reconstructions in place, at most; 0"
              + " leaves that out (default: "
              + MOST_CONTEXTS
              + ").")
  private Optional<Integer> contexts = Optional.empty();

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description = "The model that the rows came from (default: the one the store names).")
  private Optional<String> model = Optional.empty();

  /** Whether the model's predictions are measured too. */
  public boolean spliced() {
    return contexts.orElse(MOST_CONTEXTS) > 0;
  }

  /** The model to run, if one was named. */
  public Optional<String> model() {
    return model;
  }

  /** How held-out rows are measured. */
  public EvaluationOptions options() {
    return EvaluationOptions.defaults()
        .withRows(rows.orElse(MOST_ROWS))
        .withSpliceContexts(Math.max(1, contexts.orElse(MOST_CONTEXTS)));
  }

  /** What comes of them, to be kept with a sweep. */
  public SweepMeasure kept() {
    return new SweepMeasure(rows.orElse(MOST_ROWS), contexts.orElse(MOST_CONTEXTS), model);
  }

  /** These where they were given, else what a sweep was begun with. */
  public MeasureOptions over(SweepMeasure begun) {
    MeasureOptions both = new MeasureOptions();
    both.rows = Optional.of(rows.orElse(begun.rows()));
    both.contexts = Optional.of(contexts.orElse(begun.contexts()));
    both.model = model.or(begun::model);
    return both;
  }
}
