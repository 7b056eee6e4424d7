package org.sememe.analysis.steering;

import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.sememe.models.Forward;
import org.sememe.models.HookPlan;
import org.sememe.models.LanguageModel;
import org.sememe.models.StartBlock;
import org.sememe.models.TokenBatch;
import org.sememe.tensors.TensorMemory;

/**
 * A text's run, and what the model says next where one token's activation is another at a hook
 * point and all before it is as it was. Many such tokens are done in one run, as alternatives to
 * the text's own, which begins at the hook point's block. Owns the text's run; one thread at a
 * time.
 */
final class TokenCuts implements AutoCloseable {
  /** Alternatives in a run: their logits are its largest tensor. */
  private static final int AT_ONCE = 256;

  /** Of these, whose logits are heard at once. */
  private static final int HEARD = 32;

  private final LanguageModel model;
  private final String hook;
  private final int[] tokens;
  private final Optional<StartBlock> start;
  private final Forward clean;

  /**
   * What is taken from one token's activation.
   *
   * @param column of the text
   * @param part {@code [width]}
   */
  @SuppressWarnings("ArrayRecordComponent") // goes straight into a tensor
  record Cut(int column, float[] part) {}

  /**
   * Hears the logits of what follows the tokens of some cuts, {@code [cuts, vocabulary]}, open
   * during the call.
   */
  @FunctionalInterface
  interface Sink {
    void next(int firstCut, Tensor logits);
  }

  /** Runs the text. */
  TokenCuts(LanguageModel model, String hook, int[] tokens) {
    this.model = model;
    this.hook = hook;
    this.tokens = tokens;
    this.start = StartBlock.of(model, hook);
    HookPlan.Builder plan = HookPlan.builder().capture(hook).logits();
    start.ifPresent(block -> plan.capture(block.residual()));
    this.clean = model.run(batch(), plan.build());
  }

  /** The text. */
  TokenBatch batch() {
    return TokenBatch.of(tokens);
  }

  /** The text's activation at the hook point, {@code [1, length, width]}. */
  Tensor activation() {
    return clean.activation(hook);
  }

  /** The text's own logits after a token, {@code [vocabulary]}, in the current scope. */
  Tensor logits(int column) {
    return clean.logits().select(0, 0).select(0, column);
  }

  /** Runs the text with each of the cuts, alone. */
  void run(List<Cut> cuts, Sink sink) {
    for (int first = 0; first < cuts.size(); first += AT_ONCE) {
      List<Cut> some = cuts.subList(first, Math.min(cuts.size(), first + AT_ONCE));
      int[] columns = some.stream().mapToInt(Cut::column).toArray();
      TokenBatch batch = TokenBatch.branching(tokens, columns);
      try (PointerScope scope = new PointerScope()) {
        HookPlan.Builder plan =
            HookPlan.builder().edit(hook, activation -> cut(activation, some)).lastLogits();
        start.ifPresent(
            block ->
                plan.startAt(
                    block.layer(), alternatives(clean.activation(block.residual()), columns)));
        try (Forward forward = model.run(batch, plan.build())) {
          for (int i = 0; i < some.size(); i += HEARD) {
            try (PointerScope heard = new PointerScope()) {
              int count = Math.min(HEARD, some.size() - i);
              sink.next(first + i, forward.logits().select(0, 0).narrow(0, i, count));
            }
          }
        }
      }
    }
  }

  /** The text's rows, then those of the columns once more. */
  private Tensor alternatives(Tensor rows, int[] columns) {
    long[] all = new long[tokens.length + columns.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = i < tokens.length ? i : columns[i - tokens.length];
    }
    return rows.index_select(1, TensorMemory.longs(all, all.length));
  }

  private Tensor cut(Tensor activation, List<Cut> cuts) {
    int width = cuts.getFirst().part().length;
    float[] parts = new float[cuts.size() * width];
    for (int i = 0; i < cuts.size(); i++) {
      System.arraycopy(cuts.get(i).part(), 0, parts, i * width, width);
    }
    Tensor result = activation.clone();
    result
        .narrow(1, tokens.length, cuts.size())
        .sub_(TensorMemory.floats(parts, 1, cuts.size(), width));
    return result;
  }

  @Override
  public void close() {
    clean.close();
  }
}
