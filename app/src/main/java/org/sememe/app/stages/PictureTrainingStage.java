package org.sememe.app.stages;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.sememe.app.pictures.PngFile;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.StopRequest;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;
import org.sememe.diffusion.pipeline.Pictures;
import org.sememe.diffusion.runs.PictureTraining;
import org.sememe.training.MetricsLog;

/**
 * Runs a training of pictures' networks to its end, or until Ctrl-C, which ends it with a
 * checkpoint. Beside what the training writes there are {@code metrics.jsonl} and, at each
 * checkpoint, a sheet of pictures in {@code samples}.
 *
 * @param terminal where progress is shown
 * @param run the training's folder
 * @param steps of the whole training
 * @param checkpointEvery steps between checkpoints
 */
public record PictureTrainingStage(Terminal terminal, Path run, long steps, long checkpointEvery) {
  /** The share of a loss's running mean that a step keeps, for display and result. */
  private static final double SMOOTHING = 0.98;

  private static final long LOG_EVERY = 10;
  private static final int COLUMNS = 10;

  public PictureTrainingStage {
    if (checkpointEvery < 1) {
      throw new IllegalArgumentException(
          "--checkpoint-every " + checkpointEvery + ": must be at least 1");
    }
  }

  /** Opens the training, where its checkpoint stands. */
  @FunctionalInterface
  public interface Opening {
    PictureTraining open() throws IOException;
  }

  /**
   * What was done.
   *
   * @param steps that were done now
   * @param losses running means, empty without steps
   * @param finished false after Ctrl-C
   */
  public record Trained(long steps, Map<String, Double> losses, double seconds, boolean finished) {}

  /** Trains, and saves what is finished. */
  public Trained train(String task, Opening opening) throws IOException {
    long start = System.nanoTime();
    // Opened first and closed last: while libtorch is in use, the process must not end.
    try (StopRequest stop = new StopRequest();
        PictureTraining training = opening.open();
        MetricsLog metrics = new MetricsLog(run.resolve("metrics.jsonl"), training.step());
        Progress progress = terminal.progress(task, Unit.STEPS, steps)) {
      long before = training.step();
      Map<String, Double> losses = new LinkedHashMap<>();
      while (training.step() < steps && !stop.getAsBoolean()) {
        Map<String, Double> now = training.next();
        now.forEach((name, loss) -> take(losses, name, loss, training.step()));
        progress.update(training.step(), text(losses));
        if (training.step() % LOG_EVERY == 0 || training.step() == steps) {
          Map<String, Double> all = new LinkedHashMap<>(now);
          all.putAll(training.look());
          metrics.write(training.step(), all);
        }
        if (training.step() % checkpointEvery == 0 || training.step() == steps) {
          training.checkpoint();
          draw(training);
        }
      }
      boolean finished = training.step() >= steps;
      if (finished) {
        training.save();
      } else {
        training.checkpoint();
        terminal.note("stopped; the same command goes on from here");
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      return new Trained(training.step() - before, losses, seconds, finished);
    }
  }

  private static void take(Map<String, Double> losses, String name, double loss, long step) {
    if (!Double.isFinite(loss)) {
      throw new IllegalStateException(
          name + " is " + loss + " at step " + step + ": use a smaller learning rate");
    }
    losses.merge(name, loss, (mean, now) -> SMOOTHING * mean + (1 - SMOOTHING) * now);
  }

  private static String text(Map<String, Double> losses) {
    return losses.entrySet().stream()
        .map(loss -> String.format(Locale.ROOT, "%s %.4f", loss.getKey(), loss.getValue()))
        .collect(Collectors.joining(" "));
  }

  private void draw(PictureTraining training) throws IOException {
    Optional<Pictures> samples = training.samples();
    if (samples.isPresent()) {
      Path file =
          run.resolve("samples").resolve(String.format(Locale.ROOT, "%07d.png", training.step()));
      Files.createDirectories(file.getParent());
      PngFile.write(file, samples.get().sheet(COLUMNS));
    }
  }
}
