package org.sememe.app.stages;

import java.io.IOException;
import java.util.Locale;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.StopRequest;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;
import org.sememe.training.BatchSource;
import org.sememe.training.TrainListener;
import org.sememe.training.TrainMember;
import org.sememe.training.TrainOptions;
import org.sememe.training.TrainProgress;
import org.sememe.training.TrainResult;
import org.sememe.training.Trainer;
import org.sememe.training.TrainingRun;
import org.sememe.training.ranks.Mesh;

/**
 * Trains a dictionary, or goes on with it. Ctrl-C ends it with a checkpoint.
 *
 * @param terminal where progress is shown
 */
public record TrainStage(Terminal terminal) {
  /** Exit code of a command that Ctrl-C ended, as shells count: 128 and the signal's number. */
  public static final int INTERRUPTED = 130;

  /** Trains a new run. */
  public TrainResult train(TrainingRun run, BatchSource source, TrainOptions options)
      throws IOException {
    return watched(run, (listener, stop) -> Trainer.train(run, source, options, listener, stop));
  }

  /** Goes on with a run that was stopped or killed. */
  public TrainResult resume(TrainingRun run, BatchSource source) throws IOException {
    return watched(run, (listener, stop) -> Trainer.resume(run, source, listener, stop));
  }

  /**
   * Trains a run over ranks, new or begun; rank 0 tells how it goes, and Ctrl-C on any stops all.
   */
  public TrainResult over(Mesh mesh, TrainingRun run, BatchSource source, TrainOptions options)
      throws IOException {
    Work work =
        (listener, stop) ->
            Trainer.over(mesh, new TrainMember(run, options, listener), source, stop);
    if (mesh.leads()) {
      return watched(run, work);
    }
    try (StopRequest stop = new StopRequest()) {
      return work.run(at -> {}, stop);
    }
  }

  @FunctionalInterface
  private interface Work {
    TrainResult run(TrainListener listener, StopRequest stop) throws IOException;
  }

  private TrainResult watched(TrainingRun run, Work work) throws IOException {
    try (StopRequest stop = new StopRequest();
        Watch watch = new Watch(terminal)) {
      TrainResult result = work.run(watch, stop);
      watch.close();
      if (!result.finished()) {
        // Said before the stop request is closed: after that the process may end at any moment.
        terminal.note("stopped; continue with: sememe resume " + run.folder());
      }
      return result;
    }
  }

  /** Shows each step. The first step says how long the run is. */
  private static final class Watch implements TrainListener, AutoCloseable {
    private final Terminal terminal;
    private Progress progress;

    Watch(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public void step(TrainProgress at) {
      if (progress == null) {
        progress = terminal.progress("train", Unit.STEPS, at.steps());
      }
      progress.update(
          at.step(),
          String.format(Locale.ROOT, "fvu %.3f l0 %.1f dead %,d", at.fvu(), at.l0(), at.dead()));
    }

    @Override
    public void note(String message) {
      terminal.note(message);
    }

    @Override
    public void close() {
      if (progress != null) {
        progress.close();
        progress = null;
      }
    }
  }
}
