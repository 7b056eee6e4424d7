package org.sememe.activations;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.sememe.activations.ContextRows.Visitor;
import org.sememe.models.HookPlan;
import org.sememe.models.HookPoint;
import org.sememe.models.Network;
import org.sememe.models.text.Context;

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
