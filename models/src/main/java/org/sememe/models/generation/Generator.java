package org.sememe.models.generation;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.sememe.models.Forward;
import org.sememe.models.HookPlan;
import org.sememe.models.KeyValueCache;
import org.sememe.models.LanguageModel;
import org.sememe.models.TokenBatch;
import org.sememe.tensors.TensorMemory;

/** Writes on from a prompt, one token at a time. Stateless and thread-safe. */
public final class Generator {
  private Generator() {}

  /** Generates without edits and without listening. */
  public static Generation generate(LanguageModel model, int[] prompt, GenerationOptions options) {
    return generate(model, prompt, options, Intervention.none(), TokenListener.SILENT);
  }

  /**
   * Generates from {@code prompt}, reading every token once: keys and values are cached.
   *
   * @throws IllegalArgumentException if the prompt is empty or leaves no room in the context
   */
  public static Generation generate(
      LanguageModel model,
      int[] prompt,
      GenerationOptions options,
      Intervention intervention,
      TokenListener listener) {
    int context = model.info().contextLength();
    if (prompt.length == 0 || prompt.length >= context) {
      throw new IllegalArgumentException(
          "a prompt of " + prompt.length + " tokens; need 1 to " + (context - 1));
    }
    HookPlan onPrompt = plan(intervention, intervention.prompt());
    HookPlan onReply = plan(intervention, intervention.reply());
    TokenChooser chooser = new TokenChooser(options);
    List<Integer> reply = new ArrayList<>();
    int capacity = (int) Math.min(context, (long) prompt.length + options.maxNewTokens());
    Generation.End end = Generation.End.LENGTH;
    try (KeyValueCache cache = model.newCache(1, capacity)) {
      int next = chooser.choose(lastLogits(model, TokenBatch.of(prompt), onPrompt, cache));
      while (true) {
        reply.add(next);
        boolean goOn = listener.token(next);
        if (options.stopIds().contains(next)) {
          end = Generation.End.STOP_ID;
          break;
        }
        if (!goOn) {
          end = Generation.End.LISTENER;
          break;
        }
        if (reply.size() == options.maxNewTokens()) {
          break;
        }
        if (cache.length() == capacity) {
          end = Generation.End.CONTEXT;
          break;
        }
        TokenBatch one = TokenBatch.continuing(cache.length(), next);
        next = chooser.choose(lastLogits(model, one, onReply, cache));
      }
    }
    return new Generation(reply.stream().mapToInt(Integer::intValue).toArray(), end);
  }

  /** The intervention's edits alone, and the logits of the last position. */
  private static HookPlan plan(Intervention intervention, boolean apply) {
    HookPlan.Builder plan = HookPlan.builder().lastLogits();
    if (apply) {
      HookPlan edits = intervention.edits();
      edits.edited().forEach(hook -> plan.edit(hook, edits.edit(hook).orElseThrow()));
    }
    return plan.build();
  }

  private static float[] lastLogits(
      LanguageModel model, TokenBatch batch, HookPlan plan, KeyValueCache cache) {
    try (PointerScope scope = new PointerScope();
        Forward forward = model.run(batch, plan, cache)) {
      return TensorMemory.floats(forward.logits());
    }
  }
}
