package org.sememe.models.generation;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.bytedeco.javacpp.PointerScope;
import org.sememe.models.Forward;
import org.sememe.models.HookPlan;
import org.sememe.models.KeyValueCache;
import org.sememe.models.LanguageModel;
import org.sememe.models.TokenBatch;
import org.sememe.tensors.TensorMemory;

/**
 * A reply that grows by one token a call, so that several can grow side by side; {@link Generator}
 * writes one to its end. Every token is read once: keys and values are kept. One thread at a time.
 * Owns the keys' and values' memory until closed; the model stays the caller's, open until then.
 */
public final class Reply implements AutoCloseable {
  private final LanguageModel model;
  private final GenerationOptions options;
  private final HookPlan onReply;
  private final TokenChooser chooser;
  private final KeyValueCache cache;
  private final List<Integer> ids = new ArrayList<>();
  private TokenBatch unread;
  private HookPlan plan;
  private Optional<Generation.End> end = Optional.empty();

  /**
   * Nothing is run yet.
   *
   * @throws IllegalArgumentException if the prompt is empty or leaves no room in the context
   */
  public Reply(
      LanguageModel model, int[] prompt, GenerationOptions options, Intervention intervention) {
    int context = model.info().contextLength();
    if (prompt.length == 0 || prompt.length >= context) {
      throw new IllegalArgumentException(
          "a prompt of " + prompt.length + " tokens; need 1 to " + (context - 1));
    }
    this.model = model;
    this.options = options;
    this.onReply = intervention.on(intervention.reply()).lastLogits().build();
    this.chooser = new TokenChooser(options);
    this.unread = TokenBatch.of(prompt);
    this.plan = intervention.on(intervention.prompt()).lastLogits().build();
    this.cache =
        model.newCache(1, (int) Math.min(context, (long) prompt.length + options.maxNewTokens()));
  }

  /** The next token, a stop id included; empty once the reply has ended. */
  public OptionalInt next() {
    if (end.isPresent()) {
      return OptionalInt.empty();
    }
    int next = chooser.choose(lastLogits());
    ids.add(next);
    if (options.stopIds().contains(next)) {
      end = Optional.of(Generation.End.STOP_ID);
    } else if (ids.size() == options.maxNewTokens()) {
      end = Optional.of(Generation.End.LENGTH);
    } else if (cache.length() == cache.capacity()) {
      end = Optional.of(Generation.End.CONTEXT);
    } else {
      unread = TokenBatch.continuing(cache.length(), next);
      plan = onReply;
    }
    return OptionalInt.of(next);
  }

  /** The tokens so far, and why there are no more; {@code LISTENER} where the caller stopped. */
  public Generation generation() {
    return new Generation(
        ids.stream().mapToInt(Integer::intValue).toArray(), end.orElse(Generation.End.LISTENER));
  }

  private float[] lastLogits() {
    try (PointerScope scope = new PointerScope();
        Forward forward = model.run(unread, plan, cache)) {
      return TensorMemory.floats(forward.logits());
    }
  }

  @Override
  public void close() {
    cache.close();
  }
}
