package org.sememe.training;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.activations.ContextRows;
import org.sememe.activations.ContextRows.Verdict;
import org.sememe.activations.ContextRule;
import org.sememe.models.Forward;
import org.sememe.models.HookPlan;
import org.sememe.models.LanguageModel;
import org.sememe.models.TokenBatch;
import org.sememe.models.text.Context;
import org.sememe.models.text.TextSource;
import org.sememe.models.tokenizer.Tokenizer;
import org.sememe.sae.objective.Downstream;
import org.sememe.tensors.TensorMemory;

/**
 * Train rows straight from the model, context by context, whose tokens are kept until the next
 * batch: so the model can be run again with reconstructions in the rows' place. A batch begins with
 * a context of its own; rows that the last one has beyond the batch's are left out. A position
 * counts contexts.
 */
public final class ContextBatches implements BatchSource {
  /** Run at once for their predictions, which are large. */
  private static final int CONTEXTS_AT_ONCE = 4;

  private static final int MOST_READ = 16;

  /** Contexts without a row after which the text is given up. */
  private static final int MOST_EMPTY = 10_000;

  private final LanguageModel model;
  private final String hook;
  private final ContextRule rule;
  private final NonFinite nonFinite;
  private final int width;
  private final ContextRows rows;
  private final TrainContexts contexts;
  private final List<Context> present = new ArrayList<>();
  private final List<Place> places = new ArrayList<>();
  private long read;
  private long skipped;

  /** Where a row of the batch is: which of its contexts, and which position in it. */
  private record Place(int context, int position) {}

  /** Rows of one hook point. Model and tokenizer stay the caller's. */
  public ContextBatches(
      LanguageModel model,
      Tokenizer tokenizer,
      TextSource text,
      String hook,
      ContextRule rule,
      NonFinite nonFinite)
      throws IOException {
    this.model = model;
    this.hook = hook;
    this.rule = rule;
    this.nonFinite = nonFinite;
    this.width = Math.toIntExact(model.hookPoint(hook).width());
    this.rows = new ContextRows(model, tokenizer, List.of(hook), false);
    this.contexts = new TrainContexts(text, tokenizer, rule);
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public boolean next(MemorySegment batch) {
    present.clear();
    places.clear();
    rows.reset(); // a batch's rows are a function of its contexts alone
    int wanted = Math.toIntExact(batch.byteSize() / Float.BYTES / width);
    int empty = 0;
    while (places.size() < wanted) {
      int before = places.size();
      // no more than are needed even if every row of theirs is kept
      int count = Math.ceilDiv(wanted - before, rule.contextLength());
      List<Context> next = contexts.next(Math.min(count, MOST_READ));
      int first = present.size();
      present.addAll(next);
      read += next.size();
      rows.run(
          next,
          (index, position, verdict, row) ->
              add(first + index, position, verdict, row, batch, wanted));
      empty = places.size() == before ? empty + next.size() : 0;
      if (empty > MOST_EMPTY) {
        throw contexts.noRows();
      }
    }
    return true;
  }

  private void add(
      int context,
      int position,
      Verdict verdict,
      List<MemorySegment> row,
      MemorySegment batch,
      int wanted) {
    if (verdict == Verdict.KEPT && places.size() < wanted) {
      long bytes = (long) width * Float.BYTES;
      MemorySegment.copy(row.getFirst(), 0, batch, places.size() * bytes, bytes);
      places.add(new Place(context, position));
    } else if (verdict == Verdict.NON_FINITE) {
      if (nonFinite == NonFinite.REFUSE) {
        throw new IllegalStateException(
            "a NaN or an infinity in " + hook + " of " + model.info().name());
      }
      skipped++;
    }
  }

  /**
   * The model behind the rows of the batch that was given last.
   *
   * @param scale what rows are multiplied by before they are reconstructed
   */
  Downstream downstream(EndToEnd wanted, double scale) {
    return reconstructions -> pull(reconstructions, wanted, scale);
  }

  private Downstream.Pull pull(Tensor reconstructions, EndToEnd wanted, double scale) {
    Tensor gradient = torch.zeros_like(reconstructions);
    double loss = 0;
    for (int from = 0; from < present.size(); from += CONTEXTS_AT_ONCE) {
      int to = Math.min(from + CONTEXTS_AT_ONCE, present.size());
      try (PointerScope scope = new PointerScope()) {
        loss += part(from, to, reconstructions, wanted, scale, gradient);
      }
    }
    return new Downstream.Pull(loss, gradient);
  }

  /** Adds what some contexts say to the gradient, and gives their part of the loss. */
  private double part(
      int from, int to, Tensor reconstructions, EndToEnd wanted, double scale, Tensor gradient) {
    TokenBatch batch =
        TokenBatch.of(present.subList(from, to).stream().map(Context::tokens).toList());
    Rows replaced = Rows.of(places, from, to, batch.length());
    if (replaced.count() == 0) {
      return 0;
    }
    Tensor raw = reconstructions.index_select(0, replaced.rows()).div(new Scalar(scale));
    HookPlan plan =
        HookPlan.builder()
            .edit(
                hook,
                activation ->
                    activation
                        .reshape(-1, width)
                        .index_copy(0, replaced.places(), raw)
                        .view_as(activation))
            .gradients(hook)
            .logits()
            .build();
    try (Forward changed = model.run(batch, plan)) {
      Tensor predicted = logarithms(changed, replaced);
      Tensor sum =
          wanted.endToEnd() == EndToEnd.Loss.KL
              ? divergence(batch, predicted, replaced)
              : crossEntropy(from, predicted);
      Tensor loss = sum.mul(new Scalar(wanted.endToEndWeight() / places.size()));
      Tensor here =
          changed.gradient(loss, hook).reshape(-1, width).index_select(0, replaced.places());
      gradient.index_copy_(0, replaced.rows(), here.div(new Scalar(scale)));
      return loss.item_double();
    }
  }

  private static Tensor logarithms(Forward run, Rows at) {
    Tensor logits = run.logits();
    return logits.reshape(-1, logits.size(2)).index_select(0, at.places()).log_softmax(1);
  }

  private Tensor divergence(TokenBatch batch, Tensor predicted, Rows at) {
    try (Forward clean = model.run(batch, HookPlan.builder().logits().build())) {
      Tensor clear = logarithms(clean, at);
      return clear.exp().mul(clear.sub(predicted)).sum();
    }
  }

  /** Over the rows that have a next token. */
  private Tensor crossEntropy(int from, Tensor predicted) {
    List<Place> here = places.stream().filter(place -> place.context() >= from).toList();
    long[] which = new long[(int) predicted.size(0)];
    long[] next = new long[which.length];
    int count = 0;
    for (int row = 0; row < which.length; row++) {
      Place place = here.get(row);
      int[] tokens = present.get(place.context()).tokens();
      if (place.position() + 1 < tokens.length) {
        which[count] = row;
        next[count++] = tokens[place.position() + 1];
      }
    }
    Tensor scored =
        predicted.index_select(0, TensorMemory.longs(Arrays.copyOf(which, count), count));
    Tensor tokens = TensorMemory.longs(Arrays.copyOf(next, count), count);
    return scored.gather(1, tokens.unsqueeze(1)).sum().neg();
  }

  /**
   * Rows of the batch in some of its contexts.
   *
   * @param rows their numbers in the batch, int64 {@code [n]}
   * @param places where they are in {@code [contexts * length]}, int64 {@code [n]}
   */
  private record Rows(int count, Tensor rows, Tensor places) {
    static Rows of(List<Place> all, int from, int to, int length) {
      long[] rows = new long[all.size()];
      long[] places = new long[all.size()];
      int count = 0;
      for (int row = 0; row < all.size(); row++) {
        Place place = all.get(row);
        if (place.context() >= from && place.context() < to) {
          rows[count] = row;
          places[count++] = (long) (place.context() - from) * length + place.position();
        }
      }
      return new Rows(
          count,
          TensorMemory.longs(Arrays.copyOf(rows, count), count),
          TensorMemory.longs(Arrays.copyOf(places, count), count));
    }
  }

  @Override
  public long position() {
    return read;
  }

  @Override
  public void seek(long wanted) {
    contexts.begin();
    present.clear();
    places.clear();
    for (read = 0; read < wanted; read++) {
      contexts.next(1);
    }
  }

  @Override
  public long skippedRows() {
    return skipped;
  }

  @Override
  public void close() {
    contexts.close();
  }
}
