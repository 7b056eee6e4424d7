package org.sememe.sae;

import java.lang.foreign.MemorySegment;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.kernels.Int8Rows;
import org.sememe.kernels.Workers;
import org.sememe.tensors.Int8Product;
import org.sememe.tensors.TensorMemory;

/**
 * Approximate pre-activations by an int8 product, a chunk of latents at a time, and how far they
 * err. A value rounded with scale s errs uniformly by up to s/2, so that a pre-activation's error
 * is about Gaussian with
 *
 * <pre>
 * sigma^2 = (s_x^2 |w|^2 + s_w^2 |x|^2) / 12
 * </pre>
 *
 * A row's margin is a number of sigmas, taken at the root mean square of |w| and s_w. Owns its
 * memory; one thread at a time, which shares the work.
 */
public final class Int8Screen implements AutoCloseable {
  /** Chosen by the curve of recall against cost that {@code sememe bench screen} draws. */
  public static final double SIGMAS = 4;

  /**
   * Latents that are scored at once: their scores stay in the last cache until they are scanned.
   */
  private static final int CHUNK = 1024;

  private static final int ROW_LIMIT = 127;

  private final Workers workers;
  private final Int8Product product;
  private final double sigmas;
  private final int width;
  private final int latents;
  private final Int8Rows inputs;
  private final Int8Rows weights;
  private final Tensor scores;
  private double meanNorm;
  private double meanScale;

  /**
   * A screen of up to {@code mostRows} rows at once.
   *
   * @param workers stay the caller's
   * @param sigmas a margin, in standard deviations of the error
   */
  public Int8Screen(
      Workers workers, Int8Product product, int mostRows, int width, int latents, double sigmas) {
    this.workers = workers;
    this.product = product;
    this.sigmas = sigmas;
    this.width = width;
    this.latents = latents;
    this.inputs = new Int8Rows(mostRows, width, ROW_LIMIT);
    this.weights = new Int8Rows(latents, width, product.rightLimit());
    this.scores = TensorMemory.empty(ScalarType.Int, mostRows, Math.min(CHUNK, latents));
    scores.retainReference();
  }

  /** Takes in a row's scores of some latents. Called for several rows at once. */
  @FunctionalInterface
  interface RowScan {
    /**
     * @param scores int32, from byte {@code at} on
     * @param scales float32 {@code [latents]}
     */
    void scan(int row, MemorySegment scores, long at, MemorySegment scales, int first, int count);
  }

  /** Rounds rows and weights, {@code W_enc [latents, d]}; the rows' scales and margins follow. */
  void round(Tensor x, Tensor encoder) {
    MemorySegment rowMemory = TensorMemory.segment(x);
    MemorySegment weightMemory = TensorMemory.segment(encoder);
    workers.split(latents, (from, to) -> weights.round(weightMemory, from, to));
    workers.split((int) x.size(0), (from, to) -> inputs.round(rowMemory, from, to));
    meanNorm = 0;
    meanScale = 0;
    for (int latent = 0; latent < latents; latent++) {
      meanNorm += (double) weights.norm(latent) * weights.norm(latent) / latents;
      meanScale += (double) weights.scale(latent) * weights.scale(latent) / latents;
    }
  }

  /** A row's scale. */
  float scale(int row) {
    return inputs.scale(row);
  }

  /** A row's margin. */
  float margin(int row) {
    double scale = inputs.scale(row);
    double length = inputs.norm(row);
    return (float)
        (sigmas * Math.sqrt((scale * scale * meanNorm + meanScale * length * length) / 12));
  }

  /** Scores all latents for the first {@code rows} rows; gives the nanoseconds of the products. */
  long score(int rows, RowScan scan) {
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
              scan.scan(row, scratch, at, weights.scales(), start, count);
            }
          });
    }
    return time;
  }

  @Override
  public void close() {
    inputs.close();
    weights.close();
    scores.close();
  }
}
