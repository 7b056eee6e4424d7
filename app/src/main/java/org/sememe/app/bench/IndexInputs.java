package org.sememe.app.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.sememe.activations.ActivationStore;
import org.sememe.activations.Contexts;
import org.sememe.activations.Shard;
import org.sememe.activations.Split;
import org.sememe.models.Forward;
import org.sememe.models.HookPlan;
import org.sememe.models.LanguageModel;
import org.sememe.models.TokenBatch;
import org.sememe.sae.Encoder;
import org.sememe.sae.Sae;

/**
 * What an index is made from, and what has to be computed for the dictionary without any index: the
 * model's pass up to the hook point, and the codes. All stay the caller's.
 *
 * @param sae the dictionary
 * @param store rows of its hook point
 * @param model where the rows came from
 */
public record IndexInputs(Sae sae, ActivationStore store, LanguageModel model) {
  private static final int ROWS_AT_ONCE = 2048;
  private static final int CONTEXTS_AT_ONCE = 16;

  /** The order of an index. */
  private static final List<Split> ORDER = List.of(Split.HELD_OUT, Split.TRAIN);

  /** The rows that an index reads. */
  long rows() {
    return ORDER.stream().mapToLong(split -> store.manifest().counts(split).rows()).sum();
  }

  /** Tokens that the model saw for each row: those of sinks have none. */
  double tokensPerRow() {
    long tokens = ORDER.stream().mapToLong(split -> store.manifest().counts(split).tokens()).sum();
    return (double) tokens / rows();
  }

  /** Reads and encodes the first {@code rows} rows, and keeps nothing. Seconds. */
  double encode(long rows) {
    String hook = sae.config().hook();
    long begin = System.nanoTime();
    try (Arena arena = Arena.ofShared();
        Encoder encoder = new Encoder(sae, ROWS_AT_ONCE)) {
      MemorySegment x =
          arena.allocate(ValueLayout.JAVA_FLOAT, (long) ROWS_AT_ONCE * sae.config().width());
      long left = rows;
      for (Split split : ORDER) {
        for (Shard shard : store.shards(split)) {
          for (long first = 0; first < shard.rows() && left > 0; ) {
            int count = (int) Math.min(Math.min(ROWS_AT_ONCE, shard.rows() - first), left);
            shard.copyRows(hook, first, count, x, 0);
            encoder.encode(x, count);
            first += count;
            left -= count;
          }
        }
      }
    }
    return (System.nanoTime() - begin) / 1e9;
  }

  /** Contexts for the model, of about so many tokens in all, as many at once as a harvest takes. */
  List<TokenBatch> sample(long tokens) {
    List<TokenBatch> batches = new ArrayList<>();
    List<int[]> together = new ArrayList<>();
    long taken = 0;
    for (Split split : ORDER) {
      if (store.manifest().counts(split).contexts() == 0) {
        continue;
      }
      Contexts contexts = store.contexts(split);
      for (int i = 0; i < contexts.count() && taken < tokens; i++) {
        together.add(contexts.tokens(i));
        taken += together.getLast().length;
        if (together.size() == CONTEXTS_AT_ONCE) {
          batches.add(TokenBatch.of(List.copyOf(together)));
          together.clear();
        }
      }
    }
    if (!together.isEmpty()) {
      batches.add(TokenBatch.of(together));
    }
    return batches;
  }

  /** Runs the model up to the dictionary's hook point. Seconds. */
  double forward(List<TokenBatch> batches) {
    HookPlan plan = HookPlan.builder().capture(sae.config().hook()).build();
    long begin = System.nanoTime();
    for (TokenBatch batch : batches) {
      try (PointerScope scope = new PointerScope();
          Forward run = model.run(batch, plan)) {
        if (run.hooks().isEmpty()) {
          throw new IllegalStateException("the model did not reach " + sae.config().hook());
        }
      }
    }
    return (System.nanoTime() - begin) / 1e9;
  }
}
