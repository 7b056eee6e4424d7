package org.sememe.training;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a run writes on its way, in both forms. */
final class RunLog implements AutoCloseable {
  private final MetricsLog metrics;
  private final EventLog events;

  /** Goes on after step {@code done}. */
  RunLog(TrainingRun run, long done) throws IOException {
    this.metrics = new MetricsLog(run.metrics(), done);
    try {
      this.events = new EventLog(run.events(), done);
    } catch (IOException | RuntimeException e) {
      metrics.close();
      throw e;
    }
  }

  void write(TrainProgress at) throws IOException {
    Map<String, Double> scalars = new LinkedHashMap<>();
    scalars.put("loss", at.loss());
    scalars.put("squared_error", at.squaredError());
    scalars.put("aux_loss", at.auxLoss());
    scalars.put("penalty", at.penalty());
    scalars.put("fvu", at.fvu());
    scalars.put("l0", at.l0());
    scalars.put("dead", (double) at.dead());
    scalars.put("learning_rate", at.learningRate());
    scalars.put("gradient_norm", at.gradientNorm());
    scalars.put("threshold", at.threshold());
    at.screen()
        .ifPresent(
            screen -> {
              scalars.put("screen_candidates", screen.candidates());
              scalars.put("screen_recall", screen.recall());
            });
    scalars.put("rows_per_second", at.rowsPerSecond());
    scalars.put("skipped_rows", (double) at.skippedRows());
    metrics.write(scalars, at.step(), at.tokens());
    events.write(scalars, at.step());
  }

  @Override
  public void close() throws IOException {
    try (metrics) {
      events.close();
    }
  }
}
