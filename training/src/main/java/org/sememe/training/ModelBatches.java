package org.sememe.training;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.sememe.activations.ContextRows;
import org.sememe.activations.ContextRows.Verdict;
import org.sememe.activations.ContextRule;
import org.sememe.models.LanguageModel;
import org.sememe.models.text.Context;
import org.sememe.models.text.TextSource;
import org.sememe.models.tokenizer.Tokenizer;
import org.sememe.tensors.RandomStream;

/**
 * Train rows straight from the model, without a store: a pool of contexts is run, its rows are
 * given in a random order, then the next pool is run; at the text's end it begins again. A position
 * counts pools and rows of the pool, so that a run goes on by reading the text up to its pool and
 * running that one again.
 */
public final class ModelBatches implements BatchSource {
  private static final int CONTEXTS_AT_ONCE = 16;
  private static final int ROW_BITS = 32;

  private final LanguageModel model;
  private final String hook;
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
   * Rows of one hook point. Model and tokenizer stay the caller's.
   *
   * @param poolContexts contexts in a pool: more mix better and take more memory, {@code
   *     poolContexts * contextLength * d * 4} bytes
   * @param seed of the order
   */
  public ModelBatches(
      LanguageModel model,
      Tokenizer tokenizer,
      TextSource text,
      String hook,
      ContextRule rule,
      int poolContexts,
      long seed,
      NonFinite nonFinite)
      throws IOException {
    this.model = model;
    this.hook = hook;
    this.poolContexts = poolContexts;
    this.nonFinite = nonFinite;
    this.random = RandomStream.of(seed).stream("pools");
    this.width = model.hookPoint(hook).rowWidth();
    this.rows = new ContextRows(model, tokenizer, List.of(hook), false);
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
      long bytes = (long) width * Float.BYTES;
      MemorySegment.copy(row.getFirst(), 0, pool, filled++ * bytes, bytes);
    } else if (verdict == Verdict.NON_FINITE) {
      if (nonFinite == NonFinite.REFUSE) {
        throw new IllegalStateException(
            "a NaN or an infinity in " + hook + " of " + model.info().name());
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
