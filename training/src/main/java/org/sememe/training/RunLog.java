package org.sememe.training;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
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

  /**
   * Writes a logged step.
   *
   * @param split mean seconds of a step since the last one, by part
   * @param densities of the latents since then
   * @param warnings of the steps since then
   */
  void write(
      TrainProgress at,
      Map<String, Double> split,
      DensityHistogram densities,
      List<String> warnings)
      throws IOException {
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
    Map<String, Object> more = new LinkedHashMap<>();
    more.put("seconds", split);
    more.put("density", densities);
    if (!warnings.isEmpty()) {
      more.put("warnings", warnings);
    }
    metrics.write(at.step(), at.tokens(), scalars, more);
    events.write(scalars, at.step());
  }

  /** Writes why the run ends before its time. */
  void fail(long step, long tokens, String why) throws IOException {
    metrics.write(step, tokens, Map.of(), Map.of("warnings", List.of(why)));
  }

  @Override
  public void close() throws IOException {
    try (metrics) {
      events.close();
    }
  }
}
