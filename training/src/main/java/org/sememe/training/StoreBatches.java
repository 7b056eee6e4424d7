package org.sememe.training;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.sememe.activations.ActivationStore;
import org.sememe.activations.Shard;
import org.sememe.activations.Split;
import org.sememe.tensors.RandomStream;

/**
 * The train rows of a store, endlessly, each pass in another order ({@link Shuffle}); those of
 * several hook points stand beside one another. A position counts the rows drawn, or the sequences.
 */
public final class StoreBatches implements BatchSource {
  private final List<Shard> shards;
  private final long[] starts;
  private final List<String> hooks;
  private final List<Integer> widths;
  private final int width;
  private final NonFinite nonFinite;
  private final RandomStream random;
  private final int together;
  private final long[] sequences;
  private long position;
  private long pass = -1;
  private LongUnaryOperator order;
  private final Shuffle shuffle;
  private long skipped;

  /**
   * Rows of one hook point.
   *
   * @param store stays the caller's, open as long as this is used
   * @param seed of the order
   * @throws IllegalArgumentException if the store has no such hook or no train rows
   */
  public StoreBatches(ActivationStore store, String hook, long seed, NonFinite nonFinite) {
    this(store, List.of(hook), seed, nonFinite);
  }

  /** Rows of several hook points, in that order. */
  public StoreBatches(ActivationStore store, List<String> hooks, long seed, NonFinite nonFinite) {
    this(store, hooks, seed, nonFinite, 1);
  }

  /**
   * Sequences of rows of one context, one after the other, in an order of the sequences. What a
   * context has beyond whole sequences is left out, and so is a sequence with a broken row.
   *
   * @param together rows of a sequence; 1 for rows alone
   * @throws IllegalArgumentException also if no context has so many rows
   */
  public StoreBatches(
      ActivationStore store, List<String> hooks, long seed, NonFinite nonFinite, int together) {
    this(store, hooks, seed, Shuffle.FULL, nonFinite, together);
  }

  /**
   * Rows or sequences in another order.
   *
   * @param shuffle how they are mixed; a buffer counts sequences where there are such
   */
  public StoreBatches(
      ActivationStore store,
      List<String> hooks,
      long seed,
      Shuffle shuffle,
      NonFinite nonFinite,
      int together) {
    this.hooks = List.copyOf(hooks);
    this.widths = hooks.stream().map(store.manifest()::width).toList();
    this.width = widths.stream().mapToInt(Integer::intValue).sum();
    this.shards = store.shards(Split.TRAIN);
    this.nonFinite = nonFinite;
    this.random = RandomStream.of(seed).stream("rows");
    this.starts = new long[shards.size() + 1];
    for (int i = 0; i < shards.size(); i++) {
      starts[i + 1] = starts[i] + shards.get(i).rows();
    }
    if (starts[shards.size()] == 0) {
      throw new IllegalArgumentException(store.folder() + ": the store holds no train rows");
    }
    this.together = together;
    this.sequences = together == 1 ? new long[0] : sequences();
    if (together > 1 && sequences.length == 0) {
      throw new IllegalArgumentException(
          "%s: no context has %d rows for sequence=%d"
              .formatted(store.folder(), together, together));
    }
    this.shuffle = shuffle;
    this.order = shuffle.order(drawn(), random.stream(0));
  }

  /** Where whole sequences of one context begin. */
  private long[] sequences() {
    List<Long> found = new ArrayList<>();
    long context = -1;
    long first = 0;
    for (int shard = 0; shard < shards.size(); shard++) {
      MemorySegment contexts = shards.get(shard).contextIds();
      for (long row = 0; row < shards.get(shard).rows(); row++) {
        long own = contexts.getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, row);
        long at = starts[shard] + row;
        if (own != context || row == 0) {
          context = own;
          first = at;
        }
        if (at - first + 1 == together) {
          found.add(first);
          first = at + 1;
        }
      }
    }
    return found.stream().mapToLong(Long::longValue).toArray();
  }

  /** What a pass draws: rows, or sequences. */
  private long drawn() {
    return together == 1 ? rows() : sequences.length;
  }

  @Override
  public int together() {
    return together;
  }

  /** Rows of a pass. */
  public long rows() {
    return starts[shards.size()];
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
  public boolean next(MemorySegment rows) {
    long bytes = (long) width * Float.BYTES;
    long wanted = rows.byteSize() / bytes;
    long refused = 0;
    for (long row = 0; row < wanted; ) {
      long first = draw();
      long some = Math.min(together, wanted - row);
      for (long i = 0; i < some; i++) {
        copy(first + i, rows, (row + i) * bytes);
      }
      if (finite(rows.asSlice(row * bytes, some * bytes))) {
        row += some;
      } else {
        refuse(++refused);
      }
    }
    return true;
  }

  private long draw() {
    long wantedPass = position / drawn();
    if (wantedPass != pass) {
      pass = wantedPass;
      order = shuffle.order(drawn(), random.stream(pass));
    }
    long place = order.applyAsLong(position++ % drawn());
    return together == 1 ? place : sequences[Math.toIntExact(place)];
  }

  private void copy(long row, MemorySegment target, long at) {
    int shard = 0;
    while (starts[shard + 1] <= row) {
      shard++;
    }
    long offset = at;
    for (int part = 0; part < hooks.size(); part++) {
      shards.get(shard).copyRows(hooks.get(part), row - starts[shard], 1, target, offset);
      offset += (long) widths.get(part) * Float.BYTES;
    }
  }

  private void refuse(long inARow) {
    if (nonFinite == NonFinite.REFUSE) {
      throw new IllegalStateException(
          "a row of "
              + name()
              + " in the store holds a NaN or an infinity (non-finite=skip leaves"
              + " such rows out)");
    }
    skipped += together;
    if (inARow >= drawn()) {
      throw new IllegalStateException("every row of " + name() + " holds a NaN or an infinity");
    }
  }

  private String name() {
    return String.join(",", hooks);
  }

  static boolean finite(MemorySegment row) {
    float sum = 0; // 0 times what is not finite is NaN
    for (long i = 0; i < row.byteSize() / Float.BYTES; i++) {
      sum += 0 * row.getAtIndex(ValueLayout.JAVA_FLOAT, i);
    }
    return sum == 0;
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public void seek(long wanted) {
    position = wanted;
  }

  @Override
  public long skippedRows() {
    return skipped;
  }

  @Override
  public void close() {}
}
