package org.sememe.app.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.sememe.tensors.RandomStream;
import org.sememe.training.BatchSource;
import org.sememe.training.StoreBatches;

/**
 * Rows of a store drawn one by one with replacement, by no shuffle: what chance is. Closes nothing.
 *
 * @param rows a store's in its own order
 */
record RandomRows(StoreBatches rows, RandomStream random) implements BatchSource {
  @Override
  public int width() {
    return rows.width();
  }

  @Override
  public boolean next(MemorySegment batch) {
    long bytes = (long) width() * Float.BYTES;
    for (long at = 0; at < batch.byteSize(); at += bytes) {
      rows.seek(random.nextLong(rows.rows()));
      rows.next(batch.asSlice(at, bytes));
    }
    return true;
  }

  /** The mean of so many. */
  double[] mean(int count) {
    double[] sums = new double[width()];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment row = arena.allocate(ValueLayout.JAVA_FLOAT, width());
      for (int drawn = 0; drawn < count; drawn++) {
        next(row);
        for (int i = 0; i < sums.length; i++) {
          sums[i] += row.getAtIndex(ValueLayout.JAVA_FLOAT, i) / count;
        }
      }
    }
    return sums;
  }

  @Override
  public long position() {
    return 0;
  }

  @Override
  public void seek(long position) {
    throw new UnsupportedOperationException("chance has no place");
  }

  @Override
  public void close() {}
}
