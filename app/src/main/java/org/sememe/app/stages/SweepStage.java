package org.sememe.app.stages;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
import org.sememe.training.ranks.Mesh;
import org.sememe.training.ranks.Part;

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
   * @param sources of the rows of the members that this rank trains, by their hook points
   * @param mesh of the ranks that share out the members, which all call this
   * @return how each member ended, in their order, whoever has trained it
   */
  public List<TrainResult> train(
      Path folder, Sweep sweep, Map<RowHooks, BatchSource> sources, Mesh mesh) throws IOException {
    try (StopRequest stop = new StopRequest()) {
      List<TrainResult> own = watched(folder, sweep, sources, mesh, stop);
      List<TrainResult> results = mesh.grid().hooks() == 1 ? own : all(folder, sweep, own, mesh);
      mesh.job().leave();
      if (stopped(results) && mesh.speaks()) {
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

  /**
   * The members that this rank trains.
   *
   * @throws IllegalArgumentException if there are fewer members than groups of ranks
   */
  public static List<SweepMember> trained(Mesh mesh, Sweep sweep) {
    int count = sweep.members().size();
    if (count < mesh.grid().hooks()) {
      throw new IllegalArgumentException(
          "%d dictionaries cannot be shared out over %d groups of processes: give fewer with --shard hooks:N,rows"
              .formatted(count, mesh.grid().hooks()));
    }
    Part mine = mesh.trained(count);
    return sweep.members().subList(mine.from(), mine.to());
  }

  /** What a rank tells the others of a member that it has trained. */
  private enum Ending {
    STOPPED,
    FINISHED,
    FAILED;

    static Ending of(TrainResult result) {
      return result.finished() ? FINISHED : result.failure().isPresent() ? FAILED : STOPPED;
    }
  }

  /** How all members ended, of which each group of ranks knows its own. */
  private static List<TrainResult> all(Path folder, Sweep sweep, List<TrainResult> own, Mesh mesh) {
    Part mine = mesh.trained(sweep.members().size());
    List<TrainResult> results = new ArrayList<>();
    for (int i = 0; i < sweep.members().size(); i++) {
      boolean here = i >= mine.from() && i < mine.to();
      double told = here && mesh.leads() ? Ending.of(own.get(i - mine.from())).ordinal() : 0;
      Ending ending = Ending.values()[(int) mesh.job().sum(told)];
      results.add(
          here
              ? own.get(i - mine.from())
              : elsewhere(ending, folder.resolve(sweep.members().get(i).name())));
    }
    return results;
  }

  private static TrainResult elsewhere(Ending ending, Path run) {
    return new TrainResult(
        ending == Ending.FINISHED,
        Optional.empty(),
        Optional.empty(),
        0,
        ending == Ending.FAILED
            ? Optional.of("its loss is no longer a number; see " + run.resolve("metrics.jsonl"))
            : Optional.empty());
  }

  private List<TrainResult> watched(
      Path folder, Sweep sweep, Map<RowHooks, BatchSource> sources, Mesh mesh, StopRequest stop)
      throws IOException {
    List<SweepMember> trained = trained(mesh, sweep);
    long steps = 0;
    for (SweepMember member : trained) {
      TrainOptions options = member.run(folder, sweep.provenance(), at -> {}).options();
      int width = sources.get(member.hooks(sweep.provenance())).width();
      steps = Math.max(steps, options.plan(width).schedule().steps());
    }
    try (Progress progress =
        mesh.speaks() ? terminal.progress("train", Unit.STEPS, steps) : Progress.NONE) {
      AtomicLong shown = new AtomicLong();
      List<TrainMember> members = new ArrayList<>();
      for (SweepMember member : trained) {
        members.add(
            member.run(
                folder,
                sweep.provenance(),
                new Watch(progress, terminal, member.name(), trained.size(), shown)));
      }
      return Trainer.together(
          members, member -> sources.get(member.run().provenance().hooks()), stop, mesh);
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
