package org.sememe.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.sememe.training.ranks.Mesh;

/**
 * The training loop: streams of rows feed any number of runs, which step one after another, those
 * of one stream on the same batch. Each ends with the bytes that it would have ended with alone. A
 * run of its own is the case of one member.
 */
public final class Trainer {
  private final Map<TrainMember, BatchSource> sources;
  private final BooleanSupplier stopRequested;
  private final Mesh mesh;
  private final Map<TrainMember, TrainResult> results = new LinkedHashMap<>();
  private final Map<TrainMember, Trainee> active = new LinkedHashMap<>();

  private Trainer(Map<TrainMember, BatchSource> sources, BooleanSupplier stopRequested, Mesh mesh) {
    this.mesh = mesh;
    this.sources = sources;
    this.stopRequested = stopRequested;
  }

  /**
   * Trains a new run from its first step: estimates the input scale and {@code b_dec} on the
   * source's first rows, steps through the budget, writes metrics and checkpoints on the way and
   * the folded dictionary at the end.
   *
   * @param run a run that was not begun
   * @param source at its start; stays the caller's to close
   * @param stopRequested asked after every step; true writes a checkpoint and returns
   * @throws IllegalStateException if the run was begun before (resume it), or if the loss is no
   *     longer a number
   */
  public static TrainResult train(
      TrainingRun run,
      BatchSource source,
      TrainOptions options,
      TrainListener listener,
      BooleanSupplier stopRequested)
      throws IOException {
    if (run.options().isPresent() || new Checkpoints(run.checkpoints()).any()) {
      throw new IllegalStateException(run.folder() + ": the run was begun before: resume it");
    }
    return alone(new TrainMember(run, options, listener), source, stopRequested, Mesh.single());
  }

  /**
   * Continues a run from its newest whole checkpoint, or from the start where there is none, with
   * the options it was begun with. The weights at the end are bit for bit those of a run that was
   * never interrupted (same machine, same number of threads).
   *
   * @param source a source made as for the first call
   */
  public static TrainResult resume(
      TrainingRun run, BatchSource source, TrainListener listener, BooleanSupplier stopRequested)
      throws IOException {
    return alone(TrainMember.begun(run, listener), source, stopRequested, Mesh.single());
  }

  /**
   * Trains a run over ranks, each of which calls this, from its first step or from where it is. All
   * end with the same result, and where one is asked to stop all do. Rank 0 reads and writes the
   * run's folder, which the others need not see.
   *
   * @param source each rank's own, made alike
   * @param mesh how the work is dealt out; stays the caller's. Another one than at the run's begin
   *     is welcome: a checkpoint does not tell how many ranks wrote it
   * @throws IllegalArgumentException if the options need one rank
   * @throws org.sememe.training.ranks.RankLostException if another rank is gone or silent
   */
  public static TrainResult over(
      Mesh mesh, TrainMember member, BatchSource source, BooleanSupplier stopRequested)
      throws IOException {
    TrainResult result = alone(member, source, stopRequested, mesh);
    mesh.job().leave();
    return result;
  }

  private static TrainResult alone(
      TrainMember member, BatchSource source, BooleanSupplier stopRequested, Mesh mesh)
      throws IOException {
    TrainResult result = together(List.of(member), own -> source, stopRequested, mesh).getFirst();
    if (result.failure().isPresent()) {
      throw new IllegalStateException(result.failure().get());
    }
    return result;
  }

  /**
   * Trains several runs on the same rows, each from where it is: new ones from their first step,
   * begun ones from their newest whole checkpoint, finished ones not at all. Runs may be at
   * different steps and have different budgets; those that are ahead wait for the others. A run
   * whose loss is no longer a number leaves the group, and the others go on.
   *
   * <p>Every run's weights, moments and scratch memory are held until it is done.
   *
   * @param members runs in folders of their own, with the same batch size and the same {@code
   *     non-finite}
   * @param source of all of them; stays the caller's to close
   * @param stopRequested asked after every batch; true writes checkpoints and returns
   * @return how each ended, in their order
   * @throws IllegalArgumentException if the runs cannot be trained together
   */
  public static List<TrainResult> together(
      List<TrainMember> members, BatchSource source, BooleanSupplier stopRequested)
      throws IOException {
    return together(members, member -> source, stopRequested);
  }

  /**
   * The same for runs on the rows of several sources, such as those of {@link
   * ModelBatches#together}. A source whose runs are done is {@linkplain BatchSource#release
   * released}.
   *
   * @param source of each run; the same object for runs that read the same rows
   */
  public static List<TrainResult> together(
      List<TrainMember> members,
      Function<TrainMember, BatchSource> source,
      BooleanSupplier stopRequested)
      throws IOException {
    return together(members, source, stopRequested, Mesh.single());
  }

  /**
   * The same over ranks, of which each calls this with the runs that are {@linkplain Mesh#trained
   * its group's}. Groups step at the same time, so that all stop where one is asked to, and the
   * loss of a rank ends all. The rank that leads a group reads and writes its runs' folders.
   *
   * @param mesh how the work is dealt out; stays the caller's
   * @throws org.sememe.training.ranks.RankLostException if another rank is gone or silent
   */
  public static List<TrainResult> together(
      List<TrainMember> members,
      Function<TrainMember, BatchSource> source,
      BooleanSupplier stopRequested,
      Mesh mesh)
      throws IOException {
    same(members.stream().map(member -> member.options().batch()).toList(), "batch");
    same(members.stream().map(member -> member.options().nonFinite()).toList(), "non-finite");
    same(
        members.stream().map(member -> member.options().temporal().sequence()).toList(),
        "sequence");
    int together = members.getFirst().options().temporal().together();
    Map<TrainMember, BatchSource> sources = new LinkedHashMap<>();
    members.forEach(member -> sources.put(member, source.apply(member)));
    for (BatchSource rows : sources.values()) {
      if (rows.together() != together) {
        throw new IllegalArgumentException(
            "sequence=%d: these rows come %d together; a store's rows know their context, so train with --store"
                .formatted(together, rows.together()));
      }
    }
    if (members.stream().map(member -> folder(member)).distinct().count() < members.size()) {
      throw new IllegalArgumentException("runs that are trained together need a folder each");
    }
    Trainer trainer = new Trainer(sources, stopRequested, mesh);
    try {
      return trainer.go(members);
    } finally {
      trainer.close();
    }
  }

  private static Path folder(TrainMember member) {
    return member.run().folder().toAbsolutePath().normalize();
  }

  private static void same(List<?> values, String key) {
    if (values.stream().distinct().count() > 1) {
      throw new IllegalArgumentException(
          key + " must be the same in runs that are trained together, not " + values);
    }
  }

  private List<TrainResult> go(List<TrainMember> members) throws IOException {
    List<TrainMember> fresh = new ArrayList<>();
    Map<TrainMember, DealtState.Begun> begun = new LinkedHashMap<>();
    for (TrainMember member : members) {
      TrainingRun run = member.run();
      dealt(member).check();
      if (mesh.all().any(mesh.leads() && run.finished())) {
        results.put(
            member,
            new TrainResult(
                true, Optional.empty(), Optional.of(run.dictionary()), 0, Optional.empty()));
        continue;
      }
      if (mesh.leads()) {
        if (run.options().isEmpty()) {
          new RunFile(run.provenance(), member.options())
              .write(run.folder(), member.options().plan(layout(member).outputs()));
        }
        restored(member).ifPresentOrElse(at -> begun.put(member, at), () -> fresh.add(member));
      }
    }
    begun.putAll(begin(fresh));
    for (TrainMember member : members) {
      if (!results.containsKey(member)) {
        enter(member, dealt(member).deal(Optional.ofNullable(begun.get(member))));
      }
    }
    retire();
    loop(members.getFirst().options().batch());
    return members.stream().map(results::get).toList();
  }

  /** Each from its first step, by the first rows of its source. */
  private Map<TrainMember, DealtState.Begun> begin(List<TrainMember> fresh) {
    Map<BatchSource, List<TrainMember>> bySource = bySource(fresh);
    bySource.keySet().forEach(source -> source.seek(0)); // those that share work know of all
    Map<TrainMember, DealtState.Begun> begun = new LinkedHashMap<>();
    bySource.forEach(
        (source, members) -> {
          List<StartingPoint> starts =
              StartingPoint.estimate(source, members.stream().map(TrainMember::options).toList());
          for (int i = 0; i < members.size(); i++) {
            begun.put(members.get(i), begin(members.get(i), starts.get(i)));
          }
        });
    return begun;
  }

  private Map<BatchSource, List<TrainMember>> bySource(Collection<TrainMember> members) {
    Map<BatchSource, List<TrainMember>> found = new LinkedHashMap<>();
    members.forEach(
        member -> found.computeIfAbsent(sources.get(member), own -> new ArrayList<>()).add(member));
    return found;
  }

  private RowLayout layout(TrainMember member) {
    return RowLayout.of(member.options(), sources.get(member));
  }

  private DealtState dealt(TrainMember member) {
    return new DealtState(mesh, member.options(), layout(member));
  }

  private Optional<DealtState.Begun> restored(TrainMember member) throws IOException {
    Checkpoints checkpoints = new Checkpoints(member.run().checkpoints());
    if (!checkpoints.any()) {
      return Optional.empty();
    }
    TrainState state = TrainState.zeros(member.options(), layout(member));
    try {
      Optional<Checkpoints.Progress> from = checkpoints.restore(state, member.listener());
      if (from.isPresent()) {
        return Optional.of(new DealtState.Begun(state, from.get()));
      }
    } catch (IOException | RuntimeException e) {
      state.close();
      throw e;
    }
    state.close();
    return Optional.empty();
  }

  private DealtState.Begun begin(TrainMember member, StartingPoint start) {
    TrainState state = TrainState.initial(member.options(), layout(member));
    try {
      start.applyTo(state);
      return new DealtState.Begun(state, new Checkpoints.Progress(0, start.inputScale(), 0));
    } catch (RuntimeException e) {
      state.close();
      throw e;
    }
  }

  private void enter(TrainMember member, DealtState.Begun begun) throws IOException {
    try {
      active.put(member, new Trainee(member, begun, sources.get(member), dealt(member)));
    } catch (IOException | RuntimeException e) {
      begun.state().close();
      throw e;
    }
  }

  private void loop(int batch) throws IOException {
    bySource(active.keySet())
        .forEach((source, members) -> source.seek(earliest(members).position()));
    Map<Integer, ScaledRows> widths = new LinkedHashMap<>();
    try {
      for (BatchSource source : sources.values()) {
        widths.computeIfAbsent(source.width(), width -> new ScaledRows(batch, width));
      }
      boolean stop = false;
      while (!stop && going()) {
        long number = active.values().stream().mapToLong(Trainee::done).min().orElse(0);
        List<TrainMember> due =
            active.keySet().stream().filter(member -> active.get(member).done() == number).toList();
        for (Map.Entry<BatchSource, List<TrainMember>> group : bySource(due).entrySet()) {
          BatchSource source = group.getKey();
          step(number, source, widths.get(source.width()), group.getValue());
        }
        for (TrainMember member : due) {
          active.get(member).resample(sources.get(member));
        }
        stop = mesh.job().any(stopRequested.getAsBoolean());
        for (TrainMember member : due) {
          active.get(member).write(sources.get(member).position(), stop);
        }
        retire();
      }
    } finally {
      widths.values().forEach(ScaledRows::close);
    }
    for (Map.Entry<TrainMember, Trainee> stopped : active.entrySet()) {
      results.put(stopped.getKey(), stopped.getValue().result());
    }
  }

  /** Whether a run has a step left, of this group or of another. */
  private boolean going() {
    boolean here = !active.isEmpty();
    return mesh.grid().hooks() > 1 ? mesh.job().any(here) : here;
  }

  private Trainee earliest(Collection<TrainMember> members) {
    return members.stream()
        .map(active::get)
        .min(Comparator.comparingLong(Trainee::done))
        .orElseThrow();
  }

  private void step(long number, BatchSource source, ScaledRows rows, List<TrainMember> members) {
    long skippedBefore = source.skippedRows();
    if (!rows.fill(source)) {
      throw new IllegalStateException("the rows came to an end after step " + number);
    }
    for (TrainMember member : members) {
      active.get(member).step(rows, source.skippedRows() - skippedBefore);
    }
  }

  /** Lets go of the runs that have no step left, and of the rows that none reads any more. */
  private void retire() throws IOException {
    for (Map.Entry<TrainMember, Trainee> entry : List.copyOf(active.entrySet())) {
      if (entry.getValue().ended()) {
        BatchSource source = sources.get(entry.getKey());
        results.put(entry.getKey(), entry.getValue().result());
        active.remove(entry.getKey());
        entry.getValue().close();
        if (active.keySet().stream().noneMatch(other -> sources.get(other) == source)) {
          source.release();
        }
      }
    }
  }

  private void close() throws IOException {
    for (Trainee trainee : active.values()) {
      trainee.close();
    }
  }
}
