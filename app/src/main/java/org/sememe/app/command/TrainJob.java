package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.sememe.analysis.evaluation.EvaluationReport;
import org.sememe.app.command.options.MeasureOptions;
import org.sememe.app.command.options.RankOptions;
import org.sememe.app.inputs.RunRows;
import org.sememe.app.stages.Scores;
import org.sememe.app.stages.StageClock;
import org.sememe.app.stages.TrainStage;
import org.sememe.app.terminal.Terminal;
import org.sememe.tensors.Torch;
import org.sememe.training.BatchSource;
import org.sememe.training.TrainOptions;
import org.sememe.training.TrainResult;
import org.sememe.training.TrainingRun;
import org.sememe.training.ranks.Mesh;
import org.sememe.training.ranks.RankLostException;
import org.sememe.training.ranks.Sharding;

/**
 * Training and what comes after it: what {@code train} and {@code resume} do.
 *
 * @param terminal where progress is shown
 * @param threads for libtorch
 * @param clock times the stages
 */
record TrainJob(Terminal terminal, int threads, StageClock clock) {
  int train(
      TrainingRun run,
      RunRows rows,
      TrainOptions options,
      MeasureOptions measure,
      RankOptions ranks)
      throws IOException {
    return run(run, rows, options, measure, ranks, TrainStage::train);
  }

  int resume(TrainingRun run, RunRows rows, MeasureOptions measure, RankOptions ranks)
      throws IOException {
    return run(
        run,
        rows,
        run.options().orElseThrow(),
        measure,
        ranks,
        (stage, begun, source, options) -> stage.resume(begun, source));
  }

  /** What one rank does. */
  @FunctionalInterface
  private interface Work {
    TrainResult run(TrainStage stage, TrainingRun run, BatchSource source, TrainOptions options)
        throws IOException;
  }

  private int run(
      TrainingRun run,
      RunRows rows,
      TrainOptions options,
      MeasureOptions measure,
      RankOptions ranks,
      Work alone)
      throws IOException {
    Torch.start(threads);
    TrainResult result;
    try (Mesh mesh = ranks.join(Sharding.ROWS)) {
      Work work =
          mesh.alone()
              ? alone
              : (stage, begun, source, given) -> stage.over(mesh, begun, source, given);
      result =
          clock.time(
              "train",
              () -> {
                try (RunRows.Opened opened = rows.open(options)) {
                  return work.run(new TrainStage(terminal), run, opened.source(), options);
                }
              });
      if (!mesh.leads()) {
        return result.finished() ? 0 : TrainStage.INTERRUPTED;
      }
    } catch (RankLostException e) {
      throw new RankLostException(
          e.getMessage() + "; continue with: sememe resume " + run.folder(), e);
    }
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
