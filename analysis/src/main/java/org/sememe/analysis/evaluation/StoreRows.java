package org.sememe.analysis.evaluation;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.sememe.activations.Shard;

/**
 * The first rows of some shards at some hook points, as one sequence: those that are read, and
 * those that are to be reconstructed, which may be the same.
 */
final class StoreRows {
  /** Takes what one batch holds. */
  @FunctionalInterface
  interface Batch {
    /**
     * @param count rows in the buffer
     * @param documents the document of each
     * @param contexts the context of each
     */
    void take(int count, long[] documents, long[] contexts) throws IOException;
  }

  private final Path folder;
  private final List<Shard> shards;
  private final StoreHooks inputs;
  private final StoreHooks targets;
  private final long count;

  StoreRows(Path folder, List<Shard> shards, StoreHooks inputs, StoreHooks targets, long most) {
    this.folder = folder;
    this.shards = shards;
    this.inputs = inputs;
    this.targets = targets;
    this.count = Math.min(most, shards.stream().mapToLong(Shard::rows).sum());
  }

  /** Rows in all. */
  long count() {
    return count;
  }

  /** Values of a row that is to be reconstructed. */
  int width() {
    return targets.width();
  }

  /** What is to be reconstructed. */
  StoreHooks targets() {
    return targets;
  }

  /** Whether that is what is read. */
  boolean sameTargets() {
    return inputs.equals(targets);
  }

  /** Says which row is meant, for an error. */
  String describe(long row) {
    return folder
        + ": row "
        + row
        + " of "
        + shards.getFirst().split().key()
        + " at "
        + String.join(",", targets.names());
  }

  /**
   * Copies the rows into {@code read} and {@code wanted}, {@code most} at a time (fewer only at the
   * end, whatever the shards' sizes), and hands each batch over.
   *
   * @param read native, float32 {@code [most, inputs]}
   * @param wanted the same of what is to be reconstructed; the same memory where that is the same
   * @param whole whether a batch ends with a context, where one ends in it
   */
  void inBatches(MemorySegment read, MemorySegment wanted, int most, boolean whole, Batch batch)
      throws IOException {
    long[] documents = new long[most];
    long[] contexts = new long[most];
    long left = count;
    int filled = 0;
    for (Shard shard : shards) {
      long end = Math.min(shard.rows(), left);
      for (long first = 0; first < end; ) {
        int some = (int) Math.min(most - filled, end - first);
        inputs.copy(shard, first, some, read, filled);
        if (!sameTargets()) {
          targets.copy(shard, first, some, wanted, filled);
        }
        MemorySegment.copy(
            shard.documentIds(),
            ValueLayout.JAVA_LONG_UNALIGNED,
            first * Long.BYTES,
            documents,
            filled,
            some);
        MemorySegment.copy(
            shard.contextIds(),
            ValueLayout.JAVA_LONG_UNALIGNED,
            first * Long.BYTES,
            contexts,
            filled,
            some);
        first += some;
        filled += some;
        if (filled == most) {
          int taken = whole ? ended(contexts, filled) : filled;
          batch.take(taken, documents, contexts);
          filled -= taken;
          keep(read, inputs.width(), taken, filled);
          if (!sameTargets()) {
            keep(wanted, targets.width(), taken, filled);
          }
          System.arraycopy(documents, taken, documents, 0, filled);
          System.arraycopy(contexts, taken, contexts, 0, filled);
        }
      }
      left -= end;
    }
    if (filled > 0) {
      batch.take(filled, documents, contexts);
    }
  }

  /** Rows up to where the last context begins; all, where that is the only one. */
  private static int ended(long[] contexts, int count) {
    int end = count - 1;
    while (end > 0 && contexts[end - 1] == contexts[count - 1]) {
      end--;
    }
    return end == 0 ? count : end;
  }

  /** Moves rows to the front. */
  private static void keep(MemorySegment rows, int width, int from, int count) {
    long bytes = (long) width * Float.BYTES;
    MemorySegment.copy(rows, from * bytes, rows, 0, count * bytes);
  }
}
