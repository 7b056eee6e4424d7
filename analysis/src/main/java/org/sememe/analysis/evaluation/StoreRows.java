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
     */
    void take(int count, long[] documents) throws IOException;
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
   */
  void inBatches(MemorySegment read, MemorySegment wanted, int most, Batch batch)
      throws IOException {
    long[] documents = new long[most];
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
