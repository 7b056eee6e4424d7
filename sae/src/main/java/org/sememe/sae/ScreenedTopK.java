package org.sememe.sae;

import java.lang.foreign.MemorySegment;
import org.bytedeco.pytorch.Tensor;
import org.sememe.kernels.ScreenScan;
import org.sememe.kernels.Workers;
import org.sememe.tensors.TensorMemory;

/**
 * The selection below the cost of the fp32 product: an int8 product screens the latents, and the
 * few that come near the k best are computed again in fp32. The activations are exact; now and then
 * a latent of the true k best may be missed. One thread at a time, which shares the work.
 */
public final class ScreenedTopK implements TopKSelection {
  private final Workers workers;
  private final Int8Screen screen;
  private final ScreenScan scan;
  private final int[] candidates;
  private int rows;

  /**
   * A selection of up to {@code mostRows} rows at once.
   *
   * @param workers stay the caller's
   * @param screen of as many rows, which it takes over
   */
  public ScreenedTopK(Workers workers, Int8Screen screen, int mostRows, int k) {
    this.workers = workers;
    this.screen = screen;
    this.scan = new ScreenScan(mostRows, k);
    this.candidates = new int[mostRows];
  }

  @Override
  public long select(
      Tensor x, Tensor encoder, MemorySegment bias, MemorySegment indices, MemorySegment values) {
    rows = (int) x.size(0);
    int width = (int) x.size(1);
    int latents = (int) encoder.size(0);
    screen.round(x, encoder);
    for (int row = 0; row < rows; row++) {
      scan.begin(row, screen.scale(row), screen.margin(row));
    }
    long product =
        screen.score(
            rows,
            (row, scores, at, scales, first, count) ->
                scan.scan(row, scores, at, scales, bias, first, count));
    MemorySegment inputs = TensorMemory.segment(x);
    MemorySegment weights = TensorMemory.segment(encoder);
    workers.split(
        rows,
        (from, to) -> {
          for (int row = from; row < to; row++) {
            long at = (long) row * width * Float.BYTES;
            candidates[row] =
                scan.finish(row, inputs, at, weights, bias, width, indices, values, latents);
          }
        });
    return product;
  }

  /** Candidates a row in the last selection, on average. */
  public double candidates() {
    long sum = 0;
    for (int row = 0; row < rows; row++) {
      sum += candidates[row];
    }
    return (double) sum / rows;
  }

  @Override
  public void close() {
    screen.close();
  }
}
