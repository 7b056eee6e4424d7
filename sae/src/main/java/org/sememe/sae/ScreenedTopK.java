package org.sememe.sae;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.kernels.Int8Rows;
import org.sememe.kernels.ScreenScan;
import org.sememe.kernels.Workers;
import org.sememe.tensors.Int8Product;
import org.sememe.tensors.TensorMemory;

/**
 * The selection below the cost of the fp32 product: rows and weights are rounded to int8, their
 * product screens the latents, and the few that come near the k best are computed again in fp32.
 * The activations are exact; now and then a latent of the true k best may be missed.
 *
 * <p>The screen's error of a pre-activation is about Gaussian: a value rounded with scale s errs
 * uniformly by up to s/2, so that
 *
 * <pre>
 * sigma^2 = (s_x^2 |w|^2 + s_w^2 |x|^2) / 12
 * </pre>
 *
 * and the margin is a number of sigmas, taken at the root mean square of |w| and s_w.
 */
public final class ScreenedTopK implements TopKSelection {
  /** Chosen by the curve of recall against cost that {@code sememe bench screen} draws. */
  public static final double SIGMAS = 4;

  /** Rows that scores are made of at once: they stay in the last cache until they are scanned. */
  private static final int CHUNK = 1024;

  private static final int ROW_LIMIT = 127;

  private final Workers workers;
  private final Int8Product product;
  private final double sigmas;
  private final int width;
  private final int latents;
  private final Int8Rows inputs;
  private final Int8Rows weights;
  private final ScreenScan scan;
  private final Tensor scores;
  private final long[] candidates;

  /**
   * A selection of up to {@code mostRows} rows at once.
   *
   * @param workers stay the caller's
   * @param sigmas the margin, in standard deviations of the screen's error
   */
  public ScreenedTopK(
      Workers workers,
      Int8Product product,
      int mostRows,
      int width,
      int latents,
      int k,
      double sigmas) {
    this.workers = workers;
    this.product = product;
    this.sigmas = sigmas;
    this.width = width;
    this.latents = latents;
    this.inputs = new Int8Rows(mostRows, width, ROW_LIMIT);
    this.weights = new Int8Rows(latents, width, product.rightLimit());
    this.scan = new ScreenScan(mostRows, k);
    this.scores = TensorMemory.empty(ScalarType.Int, mostRows, Math.min(CHUNK, latents));
    scores.retainReference();
    this.candidates = new long[mostRows];
  }

  @Override
  public long select(
      Tensor x, Tensor encoder, MemorySegment bias, MemorySegment indices, MemorySegment values) {
    int rows = (int) x.size(0);
    MemorySegment rowMemory = TensorMemory.segment(x);
    MemorySegment weightMemory = TensorMemory.segment(encoder);
    workers.split(latents, (from, to) -> weights.round(weightMemory, from, to));
    double norm = 0;
    double scale = 0;
    for (int latent = 0; latent < latents; latent++) {
      norm += (double) weights.norm(latent) * weights.norm(latent) / latents;
      scale += (double) weights.scale(latent) * weights.scale(latent) / latents;
    }
    double meanNorm = norm;
    double meanScale = scale;
    workers.split(
        rows,
        (from, to) -> {
          inputs.round(rowMemory, from, to);
          for (int row = from; row < to; row++) {
            double s = inputs.scale(row);
            double length = inputs.norm(row);
            double sigma = Math.sqrt((s * s * meanNorm + meanScale * length * length) / 12);
            scan.begin(row, inputs.scale(row), (float) (sigmas * sigma));
          }
        });
    long time = screen(rows, bias);
    workers.split(
        rows,
        (from, to) -> {
          for (int row = from; row < to; row++) {
            long at = (long) row * width * Float.BYTES;
            candidates[row] =
                scan.finish(
                    row, rowMemory, at, weightMemory, bias, width, indices, values, latents);
          }
        });
    Arrays.fill(candidates, rows, candidates.length, 0);
    return time;
  }

  /** Scores and scans all latents; gives the time of the products. */
  private long screen(int rows, MemorySegment bias) {
    MemorySegment scratch = TensorMemory.segment(scores);
    long time = 0;
    for (int first = 0; first < latents; first += CHUNK) {
      int start = first;
      int count = Math.min(CHUNK, latents - first);
      long begin = System.nanoTime();
      try (PointerScope scope = new PointerScope()) {
        Tensor left = TensorMemory.tensor(inputs.values(), ScalarType.Char, rows, width);
        long at = (long) first * width;
        MemorySegment chunk = weights.values().asSlice(at, (long) count * width);
        Tensor right = TensorMemory.tensor(chunk, ScalarType.Char, count, width);
        product.run(left, right, TensorMemory.tensor(scratch, ScalarType.Int, rows, count));
      }
      time += System.nanoTime() - begin;
      workers.split(
          rows,
          (from, to) -> {
            for (int row = from; row < to; row++) {
              long at = (long) row * count * Integer.BYTES;
              scan.scan(row, scratch, at, weights.scales(), bias, start, count);
            }
          });
    }
    return time;
  }

  /** Candidates a row in the last selection, on average. */
  public double candidates() {
    return Arrays.stream(candidates).sum() / (double) candidates.length;
  }

  @Override
  public void close() {
    inputs.close();
    weights.close();
    scores.close();
  }
}
