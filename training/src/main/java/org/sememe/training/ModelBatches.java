package org.sememe.training;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.sememe.activations.ContextRows;
import org.sememe.activations.ContextRows.Verdict;
import org.sememe.activations.ContextRule;
import org.sememe.models.Network;
import org.sememe.models.text.Context;
import org.sememe.models.text.TextSource;
import org.sememe.models.tokenizer.Tokenizer;
import org.sememe.tensors.RandomStream;

/**
 * Train rows straight from the model, without a store: a pool of contexts is run, its rows are
 * given in a random order (those of several hook points beside one another), then the next pool is
 * run; at the text's end it begins again. A position counts pools and rows of the pool, so that a
 * run goes on by reading the text up to its pool and running that one again.
 */
public final class ModelBatches implements BatchSource {
  private static final int CONTEXTS_AT_ONCE = 16;
  private static final int ROW_BITS = 32;

  private final Network model;
  private final List<String> hooks;
  private final List<Integer> widths;
  private final int poolContexts;
  private final NonFinite nonFinite;
  private final RandomStream random;
  private final int width;
  private final ContextRows rows;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment pool;
  private final TrainContexts contexts;
  private long nextPool;
  private int filled;
  private int drawn;
  private RowOrder order;
  private long skipped;

  /**
   * Rows of some hook points, in that order. Model and tokenizer stay the caller's.
   *
   * @param poolContexts contexts in a pool: more mix better and take more memory, {@code
   *     poolContexts * contextLength * d * 4} bytes
   * @param seed of the order
   */
  public ModelBatches(
      Network model,
      Tokenizer tokenizer,
      TextSource text,
      List<String> hooks,
      ContextRule rule,
      int poolContexts,
      long seed,
      NonFinite nonFinite)
      throws IOException {
    this.model = model;
    this.hooks = List.copyOf(hooks);
    this.poolContexts = poolContexts;
    this.nonFinite = nonFinite;
    this.random = RandomStream.of(seed).stream("pools");
    this.widths = hooks.stream().map(hook -> model.hookPoint(hook).rowWidth()).toList();
    this.width = widths.stream().mapToInt(Integer::intValue).sum();
    this.rows = new ContextRows(model, tokenizer, hooks, false);
    this.pool =
        arena.allocate(
            (long) poolContexts * rule.contextLength() * width * Float.BYTES, Long.BYTES);
    this.contexts = new TrainContexts(text, tokenizer, rule);
    this.order = new RowOrder(1, random);
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public List<Integer> parts() {
    return widths;
  }

  @Override
  public boolean next(MemorySegment batch) {
    long bytes = (long) width * Float.BYTES;
    for (long at = 0; at < batch.byteSize(); at += bytes) {
      if (drawn == filled) {
        run();
      }
      MemorySegment.copy(pool, order.at(drawn++) * bytes, batch, at, bytes);
    }
    return true;
  }

  /** Runs the next pool. */
  private void run() {
    filled = 0;
    drawn = 0;
    for (int empty = 0; filled == 0; empty++) {
      if (empty > 2) {
        throw contexts.noRows();
      }
      List<Context> read = read();
      rows.reset(); // a pool's rows are a function of the pool alone
      for (int from = 0; from < read.size(); from += CONTEXTS_AT_ONCE) {
        int to = Math.min(read.size(), from + CONTEXTS_AT_ONCE);
        rows.run(read.subList(from, to), (context, position, verdict, row) -> add(verdict, row));
      }
    }
    order = new RowOrder(filled, random.stream(nextPool - 1));
  }

  /** The contexts of the next pool. */
  private List<Context> read() {
    nextPool++;
    return contexts.next(poolContexts);
  }

  private void add(Verdict verdict, List<MemorySegment> row) {
    if (verdict == Verdict.KEPT) {
      long at = (long) filled++ * width * Float.BYTES;
      for (int part = 0; part < hooks.size(); part++) {
        long bytes = (long) widths.get(part) * Float.BYTES;
        MemorySegment.copy(row.get(part), 0, pool, at, bytes);
        at += bytes;
      }
    } else if (verdict == Verdict.NON_FINITE) {
      if (nonFinite == NonFinite.REFUSE) {
        throw new IllegalStateException(
            "a NaN or an infinity in " + String.join(",", hooks) + " of " + model.info().name());
      }
      skipped++;
    }
  }

  @Override
  public long position() {
    return drawn == filled ? nextPool << ROW_BITS : (nextPool - 1) << ROW_BITS | drawn;
  }

  @Override
  public void seek(long wanted) {
    contexts.begin();
    nextPool = 0;
    filled = 0;
    drawn = 0;
    long pools = wanted >>> ROW_BITS;
    while (nextPool < pools) {
      read();
    }
    int rowsDrawn = (int) wanted;
    if (rowsDrawn > 0) {
      run();
      drawn = rowsDrawn;
    }
  }

  @Override
  public long skippedRows() {
    return skipped;
  }

  @Override
  public void close() {
    contexts.close();
    arena.close();
  }
}
