package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.sememe.analysis.evaluation.EvaluationReport;
import org.sememe.app.inputs.RunRows;
import org.sememe.app.stages.Scores;
import org.sememe.app.stages.StageClock;
import org.sememe.app.stages.TrainStage;
import org.sememe.app.terminal.Terminal;
import org.sememe.tensors.Torch;
import org.sememe.training.TrainOptions;
import org.sememe.training.TrainResult;
import org.sememe.training.TrainingRun;

/**
 * Training and what comes after it: what {@code train} and {@code resume} do.
 *
 * @param terminal where progress is shown
 * @param threads for libtorch
 * @param clock times the stages
 */
record TrainJob(Terminal terminal, int threads, StageClock clock) {
  int train(TrainingRun run, RunRows rows, TrainOptions options, MeasureOptions measure)
      throws IOException {
    Torch.start(threads);
    TrainResult result =
        clock.time(
            "train",
            () -> {
              try (RunRows.Opened opened = rows.open(options)) {
                return new TrainStage(terminal).train(run, opened.source(), options);
              }
            });
    return finish(run, rows, result, measure);
  }

  int resume(TrainingRun run, RunRows rows, MeasureOptions measure) throws IOException {
    Torch.start(threads);
    TrainResult result =
        clock.time(
            "train",
            () -> {
              try (RunRows.Opened opened = rows.open(run.options().orElseThrow())) {
                return new TrainStage(terminal).resume(run, opened.source());
              }
            });
    return finish(run, rows, result, measure);
  }

  private int finish(TrainingRun run, RunRows rows, TrainResult result, MeasureOptions measure)
      throws IOException {
    if (!result.finished()) {
      return TrainStage.INTERRUPTED;
    }
    Path store = new HeldOutRows(terminal, threads, clock).of(rows, run.folder());
    EvaluationReport report =
        new EvaluateJob(terminal, threads, clock)
            .run(run.folder().toString(), Optional.of(store), measure);
    Scores.table(report).forEach(terminal::say);
    terminal.say("dictionary: " + run.dictionary());
    terminal.result(ResultFields.of(Optional.of(report), clock, run.folder(), Optional.empty()));
    return 0;
  }
}
