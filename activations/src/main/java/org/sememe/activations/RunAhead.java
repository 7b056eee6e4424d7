package org.sememe.activations;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.sememe.activations.ContextRows.Computed;
import org.sememe.activations.ContextStream.SplitContext;
import org.sememe.models.text.Context;
import org.sememe.tensors.SoloThreads;

/**
 * Runs contexts on all cores, ahead of where they are judged and kept, and gives them back in order
 * and in the groups that they were read in. Within a window of some groups, contexts of like length
 * are run together, so that little is padding. Which contexts are run together depends on the text,
 * the options and the number of threads, never on time. One thread at a time; owns what was
 * computed and its threads.
 */
final class RunAhead implements AutoCloseable {
  /** Places of one run: enough for fast products, few enough to stay near a core's cache. */
  private static final int RUN_PLACES = 1024;

  private static final int RUNS_OF_A_THREAD = 4;

  /** The most that waits to be judged, unless a single window is more. */
  private static final long AHEAD_BYTES = 256L << 20;

  private final ContextBatches batches;
  private final ContextRows rows;
  private final SoloThreads threads = new SoloThreads();
  private final int mostContexts;
  private final long mostPlaces;
  private final Queue<Window> ahead = new ArrayDeque<>();
  private Window current = new Window();
  private long toRead;
  private volatile boolean stopped;

  /**
   * Nothing is read or run before {@link #next}.
   *
   * @param options how many contexts are run at once, and how many tokens in all
   * @param placeBytes what a token's activations take
   */
  RunAhead(ContextBatches batches, ContextRows rows, HarvestOptions options, long placeBytes) {
    this.batches = batches;
    this.rows = rows;
    this.mostContexts = options.batch();
    this.mostPlaces =
        Math.min(
            (long) RUN_PLACES * RUNS_OF_A_THREAD * threads.count(), AHEAD_BYTES / 2 / placeBytes);
    this.toRead = options.tokens();
  }

  /** Contexts to be judged together, and the rows of each. */
  record Group(List<SplitContext> contexts, List<Computed> computed) {}

  /** Where a context's rows are: the {@code index}-th of a run. */
  private record Place(Future<ComputedRows> run, int index) {}

  /** Groups that were read together, their runs, and where each of their contexts was run. */
  private static final class Window {
    final Queue<List<SplitContext>> groups = new ArrayDeque<>();
    final Queue<Place> places = new ArrayDeque<>();
    final List<Future<ComputedRows>> runs = new ArrayList<>();
  }

  /**
   * The next group, once it is computed; what was given before is released. Empty when the text or
   * the tokens are at an end.
   */
  Optional<Group> next() {
    if (current.groups.isEmpty()) {
      release(current);
      if (ahead.isEmpty()) {
        start();
      }
      if (ahead.isEmpty()) {
        return Optional.empty();
      }
      current = ahead.remove();
      start(); // is computed while this one is judged
    }
    List<SplitContext> group = current.groups.remove();
    List<Computed> computed = new ArrayList<>(group.size());
    for (SplitContext context : group) {
      Place place = current.places.remove();
      computed.add(
          new Computed(
              context.context(), SoloThreads.result(place.run()).of(rows.hooks()), place.index()));
    }
    return Optional.of(new Group(group, computed));
  }

  /** Reads a window and starts its runs; does nothing at the end. */
  private void start() {
    Window window = new Window();
    List<Context> contexts = new ArrayList<>();
    long places = 0;
    while (toRead > 0 && (contexts.isEmpty() || places < mostPlaces)) {
      List<SplitContext> group = batches.next(toRead);
      if (group.isEmpty()) {
        toRead = 0;
        break;
      }
      window.groups.add(group);
      for (SplitContext context : group) {
        contexts.add(context.context());
        places += context.context().tokens().length;
        toRead -= context.context().tokens().length;
      }
    }
    if (!contexts.isEmpty()) {
      ahead.add(window);
      run(window, contexts);
    }
  }

  private void run(Window window, List<Context> contexts) {
    Place[] placed = new Place[contexts.size()];
    List<Integer> byLength =
        IntStream.range(0, placed.length)
            .boxed()
            .sorted(Comparator.comparingInt(i -> -contexts.get(i).tokens().length))
            .toList();
    long all = contexts.stream().mapToLong(context -> context.tokens().length).sum();
    long runs = (all + RUN_PLACES - 1) / RUN_PLACES;
    runs = (runs + threads.count() - 1) / threads.count() * threads.count(); // all end together
    long read = 0;
    for (int from = 0; from < placed.length; ) {
      int longest = contexts.get(byLength.get(from)).tokens().length;
      int most = Math.clamp(RUN_PLACES / longest, 1, Math.min(mostContexts, placed.length - from));
      long next = (read * runs / all + 1) * all / runs;
      int count = 0;
      do {
        read += contexts.get(byLength.get(from + count)).tokens().length;
        count++;
      } while (count < most && read < next);
      List<Integer> together = byLength.subList(from, from + count);
      List<Context> batch = together.stream().map(contexts::get).toList();
      Future<ComputedRows> run = threads.submit(() -> compute(batch));
      window.runs.add(run);
      for (int i = 0; i < count; i++) {
        placed[together.get(i)] = new Place(run, i);
      }
      from += count;
    }
    window.places.addAll(List.of(placed));
  }

  private ComputedRows compute(List<Context> batch) {
    if (stopped) {
      throw new CancellationException();
    }
    return rows.compute(batch);
  }

  private static void release(Window window) {
    window.runs.forEach(run -> run.resultNow().close());
    window.runs.clear();
  }

  /** Waits for the runs under way, leaves those not begun, and frees what they left. */
  @Override
  public void close() {
    stopped = true;
    threads.close();
    ahead.add(current);
    for (Window window : ahead) {
      window.runs.stream()
          .filter(run -> run.state() == Future.State.SUCCESS)
          .forEach(run -> run.resultNow().close());
      window.runs.clear();
    }
  }
}
