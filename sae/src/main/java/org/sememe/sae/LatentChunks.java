package org.sememe.sae;

import java.lang.foreign.MemorySegment;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.kernels.ChunkScan;
import org.sememe.kernels.Workers;
import org.sememe.tensors.TensorMemory;

/**
 * The one dense product of a sparse autoencoder, {@code x W_encᵀ}, a chunk of latents at a time:
 * all rows by so many latents that libtorch packs the weights once, but never the whole {@code
 * [rows, latents]}. Owns its scratch memory. One thread at a time.
 */
public final class LatentChunks implements AutoCloseable {
  /** Measured: half as many cost more in calls, twice as many leave the cache before the scan. */
  private static final int CHUNK = 2048;

  private final Tensor scores;

  /** Room for {@code mostRows} rows of a dictionary of {@code latents} latents. */
  public LatentChunks(int mostRows, int latents) {
    this.scores = TensorMemory.empty(ScalarType.Float, mostRows, Math.min(CHUNK, latents));
    scores.retainReference();
  }

  /**
   * Lets a scan see all pre-activations {@code x W_encᵀ + b_enc} of {@code rows} rows, from a reset
   * on.
   *
   * @param x fp32 {@code [rows, d]}, contiguous
   * @param encoder {@code W_enc [latents, d]}
   * @param bias {@code b_enc}, float32 {@code [latents]}
   * @return how much of the time the dense product took, in nanoseconds
   */
  public long scan(Workers workers, ChunkScan scan, Tensor x, Tensor encoder, MemorySegment bias) {
    int rows = (int) x.size(0);
    int latents = (int) encoder.size(0);
    workers.split(rows, scan::reset);
    MemorySegment scratch = TensorMemory.segment(scores);
    long product = 0;
    for (int first = 0; first < latents; first += CHUNK) {
      int start = first;
      int count = Math.min(CHUNK, latents - first);
      long begin = System.nanoTime();
      try (PointerScope scope = new PointerScope()) {
        Tensor out = TensorMemory.tensor(scratch, ScalarType.Float, rows, count);
        torch.mm_out(out, x, encoder.narrow(0, start, count).t());
      }
      product += System.nanoTime() - begin;
      workers.split(
          rows,
          (from, to) -> {
            for (int row = from; row < to; row++) {
              scan.scan(row, scratch, (long) row * count * Float.BYTES, bias, start, count);
            }
          });
    }
    return product;
  }

  @Override
  public void close() {
    scores.close();
  }
}
