package org.sememe.models.generation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.sememe.models.Forward;
import org.sememe.models.HookPlan;
import org.sememe.models.KeyValueCache;
import org.sememe.models.LanguageModel;
import org.sememe.models.TokenBatch;
import org.sememe.tensors.TensorMemory;

/**
 * Several replies to one prompt, written at once: the weights are read once for all of them. Each
 * is what {@link Generator} writes by itself, up to how float32 sums round. Stateless and
 * thread-safe.
 */
public final class Replies {
  private Replies() {}

  /**
   * As many replies as there are options.
   *
   * @param each the options of each reply, by its sequence in the batch
   * @param intervention its edits see all replies as one batch {@code [replies, positions]}; a
   *     reply that has ended is still in it
   * @throws IllegalArgumentException if there are no options, or the prompt is empty or leaves no
   *     room in the context
   */
  public static List<Generation> generate(
      LanguageModel model, int[] prompt, List<GenerationOptions> each, Intervention intervention) {
    int context = model.info().contextLength();
    if (each.isEmpty() || prompt.length == 0 || prompt.length >= context) {
      throw new IllegalArgumentException(
          each.size()
              + " replies to a prompt of "
              + prompt.length
              + " tokens; need at least one,"
              + " and 1 to "
              + (context - 1)
              + " tokens");
    }
    int longest = each.stream().mapToInt(GenerationOptions::maxNewTokens).max().orElseThrow();
    int capacity = (int) Math.min(context, (long) prompt.length + longest);
    List<Growing> replies = each.stream().map(Growing::new).toList();
    HookPlan onReply = intervention.on(intervention.reply()).lastLogits().build();
    HookPlan plan = intervention.on(intervention.prompt()).lastLogits().build();
    TokenBatch batch = TokenBatch.of(Collections.nCopies(each.size(), prompt));
    try (KeyValueCache cache = model.newCache(each.size(), capacity)) {
      while (true) {
        choose(model, batch, plan, cache, replies);
        boolean full = cache.length() == capacity;
        if (full || replies.stream().noneMatch(Growing::open)) {
          break;
        }
        batch =
            TokenBatch.continuing(
                cache.length(), replies.stream().map(reply -> new int[] {reply.last()}).toList());
        plan = onReply;
      }
    }
    return replies.stream().map(Growing::generation).toList();
  }

  private static void choose(
      LanguageModel model,
      TokenBatch batch,
      HookPlan plan,
      KeyValueCache cache,
      List<Growing> replies) {
    try (PointerScope scope = new PointerScope();
        Forward forward = model.run(batch, plan, cache)) {
      for (int i = 0; i < replies.size(); i++) {
        if (replies.get(i).open()) {
          replies.get(i).take(TensorMemory.floats(forward.logits().select(0, i)));
        }
      }
    }
  }

  /** One of the replies. */
  private static final class Growing {
    private final GenerationOptions options;
    private final TokenChooser chooser;
    private final List<Integer> ids = new ArrayList<>();
    private Optional<Generation.End> end = Optional.empty();

    Growing(GenerationOptions options) {
      this.options = options;
      this.chooser = new TokenChooser(options);
    }

    boolean open() {
      return end.isEmpty();
    }

    int last() {
      return ids.getLast();
    }

    void take(float[] logits) {
      int next = chooser.choose(logits);
      ids.add(next);
      if (options.stopIds().contains(next)) {
        end = Optional.of(Generation.End.STOP_ID);
      } else if (ids.size() == options.maxNewTokens()) {
        end = Optional.of(Generation.End.LENGTH);
      }
    }

    Generation generation() {
      return new Generation(
          ids.stream().mapToInt(Integer::intValue).toArray(), end.orElse(Generation.End.CONTEXT));
    }
  }
}
