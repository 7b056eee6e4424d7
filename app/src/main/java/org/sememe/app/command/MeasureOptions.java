package org.sememe.app.command;

import java.util.Optional;
import org.sememe.analysis.evaluation.EvaluationOptions;
import picocli.CommandLine.Option;

/** How much to measure. */
final class MeasureOptions {
  @Option(
      names = "--eval-rows",
      paramLabel = "N",
      description = "Held-out rows to measure on, at most (default: ${DEFAULT-VALUE}).")
  private long rows = 100_000;

  @Option(
      names = "--eval-contexts",
      paramLabel = "N",
      description =
          "Held-out contexts to run with reconstructions in place, at most; 0 leaves that out"
              + " (default: ${DEFAULT-VALUE}).")
  private int contexts = 64;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description = "The model that the rows came from (default: the one the store names).")
  private Optional<String> model = Optional.empty();

  /** Whether the model's predictions are measured too. */
  boolean spliced() {
    return contexts > 0;
  }

  /** The model to run, if one was named. */
  Optional<String> model() {
    return model;
  }

  EvaluationOptions options() {
    return EvaluationOptions.defaults().withRows(rows).withSpliceContexts(Math.max(1, contexts));
  }
}
