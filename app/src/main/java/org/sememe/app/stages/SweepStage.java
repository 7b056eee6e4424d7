package org.sememe.app.stages;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.sememe.app.sweep.Sweep;
import org.sememe.app.sweep.SweepMember;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.StopRequest;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;
import org.sememe.training.BatchSource;
import org.sememe.training.RowHooks;
import org.sememe.training.TrainListener;
import org.sememe.training.TrainMember;
import org.sememe.training.TrainOptions;
import org.sememe.training.TrainProgress;
import org.sememe.training.TrainResult;
import org.sememe.training.Trainer;

/**
 * Trains the dictionaries of a sweep, or goes on with them. Ctrl-C ends it with checkpoints.
 *
 * @param terminal where progress is shown
 * @param command that goes on with them, to be named when they are stopped, such as {@code resume}
 */
public record SweepStage(Terminal terminal, String command) {
  /**
   * Trains.
   *
   * @param folder the sweep's
   * @param sources of the members' rows, by their hook points
   * @return how each member ended, in their order
   */
  public List<TrainResult> train(Path folder, Sweep sweep, Map<RowHooks, BatchSource> sources)
      throws IOException {
    try (StopRequest stop = new StopRequest()) {
      List<TrainResult> results = watched(folder, sweep, sources, stop);
      if (stopped(results)) {
        // Said before the stop request is closed: after that the process may end at any moment.
        terminal.note("stopped; continue with: sememe " + command + " " + folder);
      }
      return results;
    }
  }

  /** Whether training was stopped before the members' ends. */
  public static boolean stopped(List<TrainResult> results) {
    return results.stream().anyMatch(r -> !r.finished() && r.failure().isEmpty());
  }

  private List<TrainResult> watched(
      Path folder, Sweep sweep, Map<RowHooks, BatchSource> sources, StopRequest stop)
      throws IOException {
    long steps = 0;
    for (SweepMember member : sweep.members()) {
      TrainOptions options = member.run(folder, sweep.provenance(), at -> {}).options();
      int width = sources.get(member.hooks(sweep.provenance())).width();
      steps = Math.max(steps, options.plan(width).schedule().steps());
    }
    try (Progress progress = terminal.progress("train", Unit.STEPS, steps)) {
      AtomicLong shown = new AtomicLong();
      List<TrainMember> members = new ArrayList<>();
      for (SweepMember member : sweep.members()) {
        members.add(
            member.run(
                folder,
                sweep.provenance(),
                new Watch(progress, terminal, member.name(), sweep.members().size(), shown)));
      }
      return Trainer.together(
          members, member -> sources.get(member.run().provenance().hooks()), stop);
    }
  }

  /** Shows a batch when the first member has trained on it. */
  private record Watch(
      Progress progress, Terminal terminal, String name, int members, AtomicLong shown)
      implements TrainListener {
    @Override
    public void step(TrainProgress at) {
      if (at.step() > shown.get()) {
        shown.set(at.step());
        progress.update(at.step(), members + (members == 1 ? " dictionary" : " dictionaries"));
      }
    }

    @Override
    public void note(String message) {
      terminal.note(name + ": " + message);
    }
  }
}
