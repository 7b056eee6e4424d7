package org.sememe.activations;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.sememe.models.Forward;
import org.sememe.models.HookPlan;
import org.sememe.models.HookPoint;
import org.sememe.models.LanguageModel;
import org.sememe.models.TokenBatch;
import org.sememe.models.text.Context;
import org.sememe.models.tokenizer.Tokenizer;
import org.sememe.tensors.TensorMemory;

/**
 * Runs contexts through a model and says which of their rows are kept: not those at the first
 * position, of special tokens, or of sinks ({@link SinkRule}), unless sinks are kept, and never
 * those with a NaN or an infinity. Stateful (the median of norms); one thread at a time.
 */
public final class ContextRows {
  private final LanguageModel model;
  private final Tokenizer tokenizer;
  private final List<String> hooks;
  private final boolean keepSinks;
  private final HookPlan plan;
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
  public ContextRows(
      LanguageModel model, Tokenizer tokenizer, List<String> hooks, boolean keepSinks) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.hooks = List.copyOf(hooks);
    this.keepSinks = keepSinks;
    HookPlan.Builder builder = HookPlan.builder();
    for (String hook : hooks) {
      model.hookPoint(hook); // refuses what is not there
      builder.capture(hook);
      if (hook.equals(HookPoint.LOGITS)) {
        builder.logits();
      } else {
        rules.put(hook, new SinkRule());
      }
    }
    this.plan = builder.build();
  }

  /** Forgets the norms seen so far. */
  public void reset() {
    rules.replaceAll((hook, rule) -> new SinkRule());
  }

  /** Runs the contexts at once and shows each of their rows. */
  public void run(List<Context> contexts, Visitor visitor) {
    TokenBatch batch = TokenBatch.of(contexts.stream().map(Context::tokens).toList());
    try (PointerScope scope = new PointerScope();
        Forward forward = model.run(batch, plan)) {
      List<MemorySegment> memory = new ArrayList<>();
      List<float[]> norms = new ArrayList<>();
      for (String hook : hooks) {
        Tensor activation = forward.activation(hook).contiguous();
        memory.add(TensorMemory.segment(activation));
        norms.add(TensorMemory.floats(activation.square().sum(2).sqrt()));
      }
      judge(contexts, batch, memory, norms, visitor);
    }
  }

  private void judge(
      List<Context> contexts,
      TokenBatch batch,
      List<MemorySegment> memory,
      List<float[]> norms,
      Visitor visitor) {
    int hook = 0;
    for (String name : hooks) {
      SinkRule rule = rules.get(name);
      if (rule != null) {
        rule.add(ordinary(contexts, batch.length(), norms.get(hook)));
      }
      hook++;
    }
    for (int row = 0; row < contexts.size(); row++) {
      int[] tokens = contexts.get(row).tokens();
      for (int position = 0; position < tokens.length; position++) {
        int place = row * batch.length() + position;
        List<MemorySegment> rows = new ArrayList<>(hooks.size());
        for (MemorySegment all : memory) {
          long bytes = all.byteSize() / ((long) contexts.size() * batch.length());
          rows.add(all.asSlice(place * bytes, bytes));
        }
        visitor.row(row, position, verdict(tokens[position], position, place, norms, rows), rows);
      }
    }
  }

  private Verdict verdict(
      int token, int position, int place, List<float[]> norms, List<MemorySegment> rows) {
    if (!keepSinks && position == 0) {
      return Verdict.FIRST_POSITION;
    }
    if (!keepSinks && tokenizer.special(token)) {
      return Verdict.SPECIAL;
    }
    for (int hook = 0; hook < hooks.size(); hook++) {
      if (!Float.isFinite(norms.get(hook)[place]) && !finite(rows.get(hook))) {
        return Verdict.NON_FINITE;
      }
    }
    for (int hook = 0; hook < hooks.size() && !keepSinks; hook++) {
      SinkRule rule = rules.get(hooks.get(hook));
      if (rule != null && rule.sink(norms.get(hook)[place])) {
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
  private double[] ordinary(List<Context> contexts, int length, float[] norms) {
    double[] found = new double[norms.length];
    int count = 0;
    for (int row = 0; row < contexts.size(); row++) {
      int[] tokens = contexts.get(row).tokens();
      for (int position = 1; position < tokens.length; position++) {
        if (!tokenizer.special(tokens[position])) {
          found[count++] = norms[row * length + position];
        }
      }
    }
    return Arrays.copyOf(found, count);
  }
}
