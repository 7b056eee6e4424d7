package org.sememe.activations;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.sememe.models.HookPoint;
import org.sememe.models.Network;
import org.sememe.models.text.Context;
import org.sememe.models.tokenizer.Tokenizer;

/**
 * Runs contexts through a model and says which of their rows are kept: not those at the first
 * position, of special tokens, or of sinks ({@link SinkRule}), unless sinks are kept, and never
 * those with a NaN or an infinity. Stateful (the median of norms); one thread at a time.
 */
public final class ContextRows {
  private final Tokenizer tokenizer;
  private final List<String> hooks;
  private final boolean keepSinks;
  private final SharedRows alone;
  private final Map<String, SinkRule> rules = new LinkedHashMap<>();

  /** Why a row is kept or not; the first that applies, in this order. */
  public enum Verdict {
    FIRST_POSITION,
    SPECIAL,
    NON_FINITE,
    NORM,
    KEPT
  }

  /** Rows of one run. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * Called once for each token, context by context.
     *
     * @param context which of the contexts
     * @param position in it
     * @param rows where the token's row lies in the activations of each hook point, {@code [width]}
     *     float32; valid during the call
     */
    void row(int context, int position, Verdict verdict, List<MemorySegment> rows);
  }

  /** Rows of some hook points, in that order. */
  public ContextRows(Network model, Tokenizer tokenizer, List<String> hooks, boolean keepSinks) {
    this.tokenizer = tokenizer;
    this.hooks = List.copyOf(hooks);
    this.keepSinks = keepSinks;
    for (String hook : hooks) {
      if (!hook.equals(HookPoint.LOGITS)) {
        rules.put(hook, new SinkRule());
      }
    }
    this.alone = new SharedRows(model, List.of(this));
  }

  /** The hook points that are read. */
  List<String> hooks() {
    return hooks;
  }

  /** Forgets the norms seen so far. */
  public void reset() {
    rules.replaceAll((hook, rule) -> new SinkRule());
  }

  /** Runs the contexts at once and shows each of their rows. */
  public void run(List<Context> contexts, Visitor visitor) {
    alone.run(contexts, Map.of(this, visitor));
  }

  /** A context and where its rows are: as the {@code index}-th of those that were run with it. */
  record Computed(Context context, ComputedRows.Reading rows, int index) {
    float norm(int hook, int position) {
      return rows.norm(hook, index, position);
    }
  }

  /** Runs the contexts at once; in contrast to the rest, safe in several threads. */
  ComputedRows compute(List<Context> contexts) {
    return alone.compute(contexts, List.of(this));
  }

  /** Shows each row of contexts that were run at once. */
  void judge(List<Context> contexts, ComputedRows computed, Visitor visitor) {
    ComputedRows.Reading own = computed.of(hooks);
    List<Computed> each = new ArrayList<>(contexts.size());
    for (int i = 0; i < contexts.size(); i++) {
      each.add(new Computed(contexts.get(i), own, i));
    }
    judge(each, visitor);
  }

  /** Shows each row of the contexts, judged by the norms of these and of all judged before. */
  void judge(List<Computed> contexts, Visitor visitor) {
    for (int hook = 0; hook < hooks.size(); hook++) {
      SinkRule rule = rules.get(hooks.get(hook));
      if (rule != null) {
        rule.add(ordinary(contexts, hook));
      }
    }
    for (int i = 0; i < contexts.size(); i++) {
      Computed computed = contexts.get(i);
      int length = computed.context().tokens().length;
      for (int position = 0; position < length; position++) {
        List<MemorySegment> rows = computed.rows().at(computed.index(), position);
        visitor.row(i, position, verdict(computed, position, rows), rows);
      }
    }
  }

  private Verdict verdict(Computed computed, int position, List<MemorySegment> rows) {
    if (!keepSinks && position == 0) {
      return Verdict.FIRST_POSITION;
    }
    if (!keepSinks && tokenizer.special(computed.context().tokens()[position])) {
      return Verdict.SPECIAL;
    }
    for (int hook = 0; hook < hooks.size(); hook++) {
      if (!Float.isFinite(computed.norm(hook, position)) && !finite(rows.get(hook))) {
        return Verdict.NON_FINITE;
      }
    }
    for (int hook = 0; hook < hooks.size() && !keepSinks; hook++) {
      SinkRule rule = rules.get(hooks.get(hook));
      if (rule != null && rule.sink(computed.norm(hook, position))) {
        return Verdict.NORM;
      }
    }
    return Verdict.KEPT;
  }

  /** A norm may overflow where the values do not. */
  private static boolean finite(MemorySegment row) {
    for (long i = 0; i < row.byteSize() / Float.BYTES; i++) {
      if (!Float.isFinite(row.getAtIndex(ValueLayout.JAVA_FLOAT, i))) {
        return false;
      }
    }
    return true;
  }

  /** The norms of tokens that are neither first nor special: those that the median is about. */
  private double[] ordinary(List<Computed> contexts, int hook) {
    DoubleStream.Builder found = DoubleStream.builder();
    for (Computed computed : contexts) {
      int[] tokens = computed.context().tokens();
      for (int position = 1; position < tokens.length; position++) {
        if (!tokenizer.special(tokens[position])) {
          found.add(computed.norm(hook, position));
        }
      }
    }
    return found.build().toArray();
  }
}
