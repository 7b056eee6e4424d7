package org.sememe.sae;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.kernels.LatentScan;
import org.sememe.kernels.Workers;
import org.sememe.tensors.TensorMemory;

/**
 * Encodes rows by matching pursuit, all rows a step at once: one product with the whole decoder a
 * step. Works on its encoder's threads and memory and owns the residuals. One thread at a time.
 */
final class Pursuit implements RowCodes {
  private final Sae sae;
  private final Workers workers;
  private final LatentChunks chunks;
  private final LatentScan scan;
  private final MemorySegment decoder;
  private final int width;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment residuals;
  private final MemorySegment noBias;
  private final MemorySegment picks;
  private final MemorySegment products;
  private List<Support> supports = List.of();

  /**
   * A pursuit of up to {@code mostRows} rows.
   *
   * @param scan finds the one best latent of a row
   */
  Pursuit(Sae sae, Workers workers, LatentChunks chunks, LatentScan scan, int mostRows) {
    this.sae = sae;
    this.workers = workers;
    this.chunks = chunks;
    this.scan = scan;
    this.decoder = TensorMemory.segment(sae.decoder());
    this.width = sae.config().width();
    this.residuals = arena.allocate(ValueLayout.JAVA_FLOAT, (long) mostRows * width);
    this.noBias = arena.allocate(ValueLayout.JAVA_FLOAT, sae.config().latents());
    this.picks = arena.allocate(ValueLayout.JAVA_INT, mostRows);
    this.products = arena.allocate(ValueLayout.JAVA_FLOAT, mostRows);
  }

  @Override
  public int run(Tensor input, int rows) {
    MemorySegment x = TensorMemory.segment(input);
    MemorySegment.copy(x, 0, residuals, 0, (long) rows * width * Float.BYTES);
    Tensor left = TensorMemory.tensor(residuals, ScalarType.Float, rows, width);
    supports = supports(x, rows);
    int steps = steps();
    for (int step = 0; step < steps && supports.stream().anyMatch(s -> !s.done()); step++) {
      chunks.scan(workers, scan, left, sae.decoder(), noBias);
      workers.split(
          rows,
          (from, to) -> {
            for (int row = from; row < to; row++) {
              take(row);
            }
          });
    }
    return Math.max(1, supports.stream().mapToInt(Support::size).max().orElse(1));
  }

  private int steps() {
    return switch (sae.config().sparsity()) {
      case Sparsity.MatchingPursuit(int most, double _, boolean _) -> most;
      case Sparsity.Omp(int k, double _) -> k;
      default -> throw new IllegalStateException(sae.config().sparsity() + " is no pursuit");
    };
  }

  private List<Support> supports(MemorySegment x, int rows) {
    List<Support> made = new ArrayList<>(rows);
    long bytes = (long) width * Float.BYTES;
    for (int row = 0; row < rows; row++) {
      MemorySegment residual = residuals.asSlice(row * bytes, bytes);
      made.add(
          switch (sae.config().sparsity()) {
            case Sparsity.Omp(int k, double least) ->
                new OrthogonalSupport(decoder, x.asSlice(row * bytes, bytes), residual, k, least);
            case Sparsity.MatchingPursuit(int _, double least, boolean stop) ->
                new GreedySupport(decoder, residual, least, stop);
            default -> throw new IllegalStateException(sae.config().sparsity() + " is no pursuit");
          });
    }
    return made;
  }

  private void take(int row) {
    Support support = supports.get(row);
    if (support.done()) {
      return;
    }
    if (scan.active(row) == 0) {
      support.stop();
      return;
    }
    scan.finish(row, 1, picks, products, sae.config().latents());
    support.take(
        picks.getAtIndex(ValueLayout.JAVA_INT, row),
        products.getAtIndex(ValueLayout.JAVA_FLOAT, row));
  }

  @Override
  public void write(int row, int places, MemorySegment indices, MemorySegment values) {
    supports.get(row).write(row, places, indices, values, sae.config().latents());
  }

  @Override
  public void close() {
    arena.close();
  }
}
