package org.sememe.analysis.evaluation;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.sememe.activations.Shard;

/** The first rows of some shards at one hook point, as one sequence. */
final class StoreRows {
  /** Takes what one batch holds. */
  @FunctionalInterface
  interface Batch {
    /**
     * @param count rows in the buffer
     * @param documents the document of each
     */
    void take(int count, long[] documents) throws IOException;
  }

  private final Path folder;
  private final List<Shard> shards;
  private final String hook;
  private final int width;
  private final long count;

  StoreRows(Path folder, List<Shard> shards, String hook, int width, long most) {
    this.folder = folder;
    this.shards = shards;
    this.hook = hook;
    this.width = width;
    this.count = Math.min(most, shards.stream().mapToLong(Shard::rows).sum());
  }

  /** Rows in all. */
  long count() {
    return count;
  }

  /** Values a row. */
  int width() {
    return width;
  }

  /** Says which row is meant, for an error. */
  String describe(long row) {
    return folder + ": row " + row + " of " + shards.getFirst().split().key() + " at " + hook;
  }

  /**
   * Copies the rows into {@code buffer}, {@code most} at a time (fewer only at the end, whatever
   * the shards' sizes), and hands each batch over.
   *
   * @param buffer native, float32 {@code [most, width]}
   */
  void inBatches(MemorySegment buffer, int most, Batch batch) throws IOException {
    long[] documents = new long[most];
    long left = count;
    int filled = 0;
    for (Shard shard : shards) {
      long end = Math.min(shard.rows(), left);
      for (long first = 0; first < end; ) {
        int some = (int) Math.min(most - filled, end - first);
        shard.copyRows(hook, first, some, buffer, (long) filled * width * Float.BYTES);
        MemorySegment.copy(
            shard.documentIds(),
            ValueLayout.JAVA_LONG_UNALIGNED,
            first * Long.BYTES,
            documents,
            filled,
            some);
        first += some;
        filled += some;
        if (filled == most) {
          batch.take(filled, documents);
          filled = 0;
        }
      }
      left -= end;
    }
    if (filled > 0) {
      batch.take(filled, documents);
    }
  }
}
