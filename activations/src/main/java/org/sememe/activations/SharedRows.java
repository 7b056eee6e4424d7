package org.sememe.activations;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Future;
import org.sememe.activations.ContextRows.Visitor;
import org.sememe.models.HookPlan;
import org.sememe.models.HookPoint;
import org.sememe.models.Network;
import org.sememe.models.text.Context;
import org.sememe.tensors.SoloThreads;

/**
 * One run of a model for several readers, each of which judges the rows of its own hook points as
 * if it were alone. One thread at a time.
 */
public final class SharedRows {
  private final Network model;

  /** Of all readers, in the order in which a run reaches them. */
  private final List<String> hooks;

  /**
   * Readers of one model.
   *
   * @throws IllegalArgumentException for a hook point that the model does not have
   */
  public SharedRows(Network model, List<ContextRows> readers) {
    this.model = model;
    List<String> order = model.hookPoints().stream().map(HookPoint::name).toList();
    this.hooks =
        readers.stream()
            .flatMap(reader -> reader.hooks().stream())
            .distinct()
            .sorted(Comparator.comparingInt(hook -> order.indexOf(model.hookPoint(hook).name())))
            .toList();
  }

  /**
   * Runs the contexts at once and shows each of their rows to some of the readers. The run goes no
   * further than they need.
   */
  public void run(List<Context> contexts, Map<ContextRows, Visitor> readers) {
    try (ComputedRows computed = compute(contexts, readers.keySet())) {
      readers.forEach((reader, visitor) -> reader.judge(contexts, computed, visitor));
    }
  }

  /**
   * The same for many contexts: so many at once on each core, ahead of where they are shown.
   *
   * @param atOnce contexts of a run; the rows depend on it by roundings, not on the cores
   */
  public void run(List<Context> contexts, int atOnce, Map<ContextRows, Visitor> readers) {
    List<List<Context>> groups = new ArrayList<>();
    for (int from = 0; from < contexts.size(); from += atOnce) {
      groups.add(contexts.subList(from, Math.min(contexts.size(), from + atOnce)));
    }
    Queue<Future<ComputedRows>> ahead = new ArrayDeque<>();
    try (SoloThreads threads = new SoloThreads()) {
      Iterator<List<Context>> waiting = groups.iterator();
      for (List<Context> group : groups) {
        while (waiting.hasNext() && ahead.size() <= threads.count()) {
          List<Context> next = waiting.next();
          ahead.add(threads.submit(() -> compute(next, readers.keySet())));
        }
        try (ComputedRows computed = SoloThreads.result(ahead.remove())) {
          readers.forEach((reader, visitor) -> reader.judge(group, computed, visitor));
        }
      }
    } finally { // after the threads have ended: what a failure left
      ahead.stream()
          .filter(run -> run.state() == Future.State.SUCCESS)
          .forEach(run -> run.resultNow().close());
    }
  }

  /** Runs the contexts at once for some of the readers; safe in several threads. */
  ComputedRows compute(List<Context> contexts, Collection<ContextRows> readers) {
    Set<String> read = new LinkedHashSet<>();
    readers.forEach(reader -> read.addAll(reader.hooks()));
    return ComputedRows.of(model, plan(read), read, contexts);
  }

  /**
   * What is captured: all that comes before the last point that is read, whoever reads it. Where a
   * point inside a block is captured, the block is computed in other pieces and rounds otherwise;
   * so rows do not change when a reader is done.
   */
  private HookPlan plan(Set<String> read) {
    List<String> captured = new ArrayList<>(hooks);
    while (!read.contains(captured.getLast())) {
      captured.removeLast();
    }
    HookPlan.Builder plan = HookPlan.builder().capture(captured.toArray(String[]::new));
    return (captured.contains(HookPoint.LOGITS) ? plan.logits() : plan).build();
  }
}
