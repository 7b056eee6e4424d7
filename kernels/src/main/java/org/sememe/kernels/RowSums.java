package org.sememe.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Sums of all rows of a matrix with a weight each. Rows are added up in a fixed number of blocks,
 * whose sums are added in their order: a thread reads memory from start to end, and the result does
 * not depend on the number of threads. Owns its scratch memory; one caller at a time.
 */
public final class RowSums implements AutoCloseable {
  private static final int BLOCKS = 16;

  private final Workers workers;
  private final int width;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment sums;

  /**
   * Sums of rows.
   *
   * @param width d
   * @param workers stay the caller's
   */
  public RowSums(int width, Workers workers) {
    this.workers = workers;
    this.width = width;
    this.sums = arena.allocate((long) BLOCKS * width * Float.BYTES, 64);
  }

  /**
   * {@code out[j] += scale * sum_i weights[i] * matrix[i, j]}, over the rows with a weight other
   * than 0 in ascending order.
   *
   * @param weights float32 {@code [n]}
   * @param matrix float32 {@code [n, d]}
   * @param out float32 {@code [d]}
   */
  public void addWeighted(
      float scale, MemorySegment weights, MemorySegment matrix, int n, MemorySegment out) {
    long bytes = (long) width * Float.BYTES;
    sums.fill((byte) 0);
    long factors = Address.of(weights, 0, n);
    workers.split(
        BLOCKS,
        (from, to) -> {
          for (int block = from; block < to; block++) {
            int end = start(block + 1, n);
            for (int row = start(block, n); row < end; row++) {
              float weight = Lanes.get(factors + (long) row * Float.BYTES);
              if (weight != 0) {
                Lanes.add(weight, matrix, row * bytes, sums, block * bytes, width);
              }
            }
          }
        });
    for (int block = 0; block < BLOCKS; block++) {
      Lanes.add(scale, sums, block * bytes, out, 0, width);
    }
  }

  private static int start(int block, int n) {
    return (int) ((long) n * block / BLOCKS);
  }

  @Override
  public void close() {
    arena.close();
  }
}
