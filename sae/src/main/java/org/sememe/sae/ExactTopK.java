package org.sememe.sae;

import java.lang.foreign.MemorySegment;
import org.bytedeco.pytorch.Tensor;
import org.sememe.kernels.TopKScan;
import org.sememe.kernels.Workers;

/** The selection by the whole product in fp32, a chunk of latents at a time. */
public final class ExactTopK implements TopKSelection {
  private final Workers workers;
  private final LatentChunks chunks;
  private final TopKScan scan;
  private int k;

  /**
   * A selection of up to {@code mostRows} rows at once.
   *
   * @param workers stay the caller's, as {@code chunks} do
   */
  public ExactTopK(Workers workers, LatentChunks chunks, int mostRows, int k) {
    this.workers = workers;
    this.chunks = chunks;
    this.scan = new TopKScan(mostRows, k);
    this.k = k;
  }

  /** Selects so many latents of so many rows from now on. */
  public void reshape(int mostRows, int newK) {
    scan.reshape(mostRows, newK);
    k = newK;
  }

  @Override
  public long select(
      Tensor x, Tensor encoder, MemorySegment bias, MemorySegment indices, MemorySegment values) {
    long product = chunks.scan(workers, scan, x, encoder, bias);
    int latents = (int) encoder.size(0);
    workers.split(
        (int) x.size(0),
        (from, to) -> {
          for (int row = from; row < to; row++) {
            scan.finish(row, k, indices, values, latents);
          }
        });
    return product;
  }

  @Override
  public void close() {}
}
