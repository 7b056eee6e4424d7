package org.sememe.training;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.sememe.activations.ContextRows;
import org.sememe.activations.ContextRows.Verdict;
import org.sememe.activations.ContextRule;
import org.sememe.models.Network;
import org.sememe.models.text.TextSource;
import org.sememe.models.tokenizer.Tokenizer;
import org.sememe.tensors.RandomStream;

/**
 * Train rows straight from the model, without a store: a pool of contexts is run, its rows are
 * given in a random order (those of several hook points beside one another), then the next pool is
 * run; at the text's end it begins again. A position counts pools and rows of the pool, so that a
 * run goes on by reading the text up to its pool and running that one again.
 *
 * <p>Sources that were made {@link #together} run each pool once for all of them, and give the rows
 * that each would give alone. Those that keep fewer rows of a pool ask for the next one sooner;
 * what the others have left of it is kept for them.
 */
public final class ModelBatches implements BatchSource {
  private static final int ROW_BITS = 32;
  private static final int MOST_EMPTY = 2;

  /**
   * Pools that may wait for a source; beyond them and {@link #MOST_WAITING} bytes it is given up.
   */
  private static final int MOST_POOLS = 4;

  private static final long MOST_WAITING = 1L << 30;

  private final PoolRuns runs;
  private final ContextRows judge;
  private final List<String> hooks;
  private final List<Integer> widths;
  private final int width;
  private final long mostRows;
  private final NonFinite nonFinite;
  private final RandomStream random;
  private final Deque<Pool> pools = new ArrayDeque<>();
  private Optional<Arena> arena = Optional.empty();
  private MemorySegment memory = MemorySegment.NULL;
  private long position;
  private int added;
  private int refused;
  private long skipped;

  private ModelBatches(
      PoolRuns runs,
      ContextRows judge,
      List<String> hooks,
      List<Integer> widths,
      long mostRows,
      RandomStream random,
      NonFinite nonFinite) {
    this.runs = runs;
    this.judge = judge;
    this.hooks = hooks;
    this.widths = widths;
    this.width = widths.stream().mapToInt(Integer::intValue).sum();
    this.mostRows = mostRows;
    this.nonFinite = nonFinite;
    this.random = random;
  }

  /**
   * Rows of some hook points, in that order. Model and tokenizer stay the caller's.
   *
   * @param poolContexts contexts in a pool: more mix better and take more memory, {@code
   *     poolContexts * contextLength * d * 4} bytes
   * @param seed of the order
   */
  public static ModelBatches of(
      Network model,
      Tokenizer tokenizer,
      TextSource text,
      List<String> hooks,
      ContextRule rule,
      int poolContexts,
      long seed,
      NonFinite nonFinite)
      throws IOException {
    return together(model, tokenizer, text, List.of(hooks), rule, poolContexts, seed, nonFinite)
        .getFirst();
  }

  /**
   * A source for each of several lists of hook points, all fed by one pass of the model. Where a
   * list reads a point inside a block, such as {@code hook_normalized}, the model rounds otherwise
   * from there on, for the others too.
   */
  public static List<ModelBatches> together(
      Network model,
      Tokenizer tokenizer,
      TextSource text,
      List<List<String>> hooks,
      ContextRule rule,
      int poolContexts,
      long seed,
      NonFinite nonFinite)
      throws IOException {
    List<ContextRows> judges =
        hooks.stream().map(own -> new ContextRows(model, tokenizer, own, false)).toList();
    PoolRuns runs = new PoolRuns(model, tokenizer, text, rule, poolContexts, judges);
    RandomStream random = RandomStream.of(seed).stream("pools");
    List<ModelBatches> all = new ArrayList<>();
    for (int i = 0; i < judges.size(); i++) {
      List<String> own = List.copyOf(hooks.get(i));
      ModelBatches source =
          new ModelBatches(
              runs,
              judges.get(i),
              own,
              own.stream().map(hook -> model.hookPoint(hook).rowWidth()).toList(),
              (long) poolContexts * rule.contextLength(),
              random,
              nonFinite);
      runs.add(source);
      all.add(source);
    }
    return all;
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
    runs.open(this);
    for (long at = 0; at < batch.byteSize(); at += bytes()) {
      Pool pool = pool();
      MemorySegment.copy(pool.row(drawn(), bytes()), 0, batch, at, bytes());
      position = drawn() + 1 == pool.rows() ? pool.number() << ROW_BITS : position + 1;
    }
    return true;
  }

  private long bytes() {
    return (long) width * Float.BYTES;
  }

  /** Rows that were drawn of the pool that is drawn from. */
  private int drawn() {
    return (int) position;
  }

  /** The number of the pool that is drawn from. */
  private long number() {
    return (position >>> ROW_BITS) + 1;
  }

  /** The pool that the next row comes from. */
  private Pool pool() {
    for (int empty = 0; empty <= MOST_EMPTY; empty++) {
      dropUsed();
      if (pools.isEmpty()) {
        runs.serve(this);
      }
      Pool pool = pools.getFirst();
      if (drawn() == 0) {
        skipped += pool.nonFinite();
      }
      if (pool.rows() > 0) {
        return pool;
      }
      position = pool.number() << ROW_BITS;
    }
    throw runs.noRows();
  }

  private void dropUsed() {
    while (!pools.isEmpty() && pools.getFirst().number() < number()) {
      pools.removeFirst().close();
    }
  }

  private void dropAll() {
    pools.forEach(Pool::close);
    pools.clear();
  }

  /** What says which rows are kept. */
  ContextRows judge() {
    return judge;
  }

  /** The pool that is to be run next for this. */
  long wanted() {
    return pools.isEmpty() ? number() : pools.getLast().number() + 1;
  }

  /** The pool that is wanted will be shown; what is left of the one before it makes room. */
  void begin() {
    if (arena.isEmpty()) {
      arena = Optional.of(Arena.ofShared());
      memory = arena.get().allocate(mostRows * bytes(), Long.BYTES);
    }
    dropUsed();
    if (!pools.isEmpty()) {
      Pool last = pools.removeLast();
      pools.addLast(last.rest(last.number() == number() ? drawn() : 0, bytes()));
      long waiting = pools.stream().mapToLong(pool -> pool.memory().byteSize()).sum();
      if (pools.size() > MOST_POOLS && waiting > MOST_WAITING) {
        throw new IllegalStateException(
            "%s keeps far more rows of the text than the hook points that are read with it: train it by itself"
                .formatted(name()));
      }
    }
    added = 0;
    refused = 0;
    judge.reset(); // a pool's rows are a function of the pool alone
  }

  /** Takes a row of the pool. */
  void add(Verdict verdict, List<MemorySegment> row) {
    if (verdict == Verdict.KEPT) {
      long at = added++ * bytes();
      for (int part = 0; part < hooks.size(); part++) {
        long size = (long) widths.get(part) * Float.BYTES;
        MemorySegment.copy(row.get(part), 0, memory, at, size);
        at += size;
      }
    } else if (verdict == Verdict.NON_FINITE) {
      if (nonFinite == NonFinite.REFUSE) {
        throw new IllegalStateException(
            "a NaN or an infinity in " + name() + " of " + runs.model());
      }
      refused++;
    }
  }

  /** The pool was shown. */
  void end(long number) {
    RowOrder order = new RowOrder(Math.max(1, added), random.stream(number - 1));
    pools.addLast(new Pool(number, added, 0, memory, order::at, refused, Optional.empty()));
  }

  private String name() {
    return String.join(",", hooks);
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public void seek(long wanted) {
    runs.open(this);
    position = wanted;
    boolean kept = pools.stream().anyMatch(p -> p.number() == number() && p.first() <= drawn());
    if (!kept) {
      dropAll();
    }
  }

  @Override
  public long skippedRows() {
    return skipped;
  }

  @Override
  public void release() {
    runs.leave(this);
    dropAll();
    arena.ifPresent(Arena::close);
    arena = Optional.empty();
    memory = MemorySegment.NULL;
  }

  @Override
  public void close() {
    release();
    runs.close(this);
  }
}
