package org.sememe.sae;

import org.sememe.kernels.BatchTopKScan;

/**
 * Who has the rest of a batch, where a process sees some of its rows or some of the latents alone.
 * All ask the same in the same order, and hear the same.
 */
public interface BatchPeers {
  /**
   * How many pre-activations the whole batch keeps, where its share of the rows gives {@code n}.
   */
  int wanted(int n);

  /** The sum over all of how many were found. */
  long found(long here);

  /** The floor that all scan with. */
  float floor(float here);

  /**
   * Leaves the {@code n} best of the whole batch, of which there are at least as many.
   *
   * @param rows the first rows of the scan are those of the batch
   * @return the least value that is kept
   */
  float cut(BatchTopKScan scan, int rows, int n);

  /** Nobody: all rows and latents are here. */
  static BatchPeers none() {
    return new BatchPeers() {
      @Override
      public int wanted(int n) {
        return n;
      }

      @Override
      public long found(long here) {
        return here;
      }

      @Override
      public float floor(float here) {
        return here;
      }

      @Override
      public float cut(BatchTopKScan scan, int rows, int n) {
        scan.cut(rows, n);
        return scan.least(rows);
      }
    };
  }
}
