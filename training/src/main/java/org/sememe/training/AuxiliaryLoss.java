package org.sememe.training;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.kernels.LatentPairs;
import org.sememe.kernels.SparseDecode;
import org.sememe.kernels.TopKScan;
import org.sememe.kernels.Workers;
import org.sememe.sae.LatentChunks;
import org.sememe.tensors.TensorMemory;

/**
 * AuxK (Gao et al. 2024, section A.2): the strongest dead latents of each row try to reconstruct
 * the error e that the live ones left (which is held constant),
 *
 * <pre>
 * loss = alpha * mean |e - sum_j z_j W_dec[j]|^2 / mean |e - mean(e)|^2
 * </pre>
 *
 * without b_dec, which the reconstruction has already. Owns scratch memory. One thread at a time.
 */
final class AuxiliaryLoss implements AutoCloseable {
  private final int rows;
  private final int width;
  private final int auxK;
  private final double alpha;
  private final Workers workers;
  private final LatentChunks chunks;
  private final TopKScan scan;
  private final LatentPairs pairs;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment indices;
  private final MemorySegment values;
  private final MemorySegment noBias;
  private final MemorySegment gradient;

  /**
   * For batches of so many rows.
   *
   * @param auxK dead latents a row
   * @param workers stay the caller's, as {@code chunks} do
   */
  AuxiliaryLoss(
      int rows,
      int width,
      int latents,
      int auxK,
      double alpha,
      Workers workers,
      LatentChunks chunks) {
    this.rows = rows;
    this.width = width;
    this.auxK = Math.min(auxK, latents);
    this.alpha = alpha;
    this.workers = workers;
    this.chunks = chunks;
    this.scan = new TopKScan(rows, this.auxK);
    this.pairs = new LatentPairs(latents);
    this.indices = arena.allocate(ValueLayout.JAVA_INT, (long) rows * this.auxK);
    this.values = arena.allocate(ValueLayout.JAVA_FLOAT, (long) rows * this.auxK);
    this.noBias = arena.allocate(ValueLayout.JAVA_FLOAT, width);
    this.gradient = arena.allocate(ValueLayout.JAVA_FLOAT, (long) rows * width);
  }

  /** The dead latents' active pairs of the last batch. */
  LatentPairs pairs() {
    return pairs;
  }

  /** The weighted loss's gradient with respect to the dead latents' sum, {@code [rows, d]}. */
  MemorySegment gradient() {
    return gradient;
  }

  /**
   * The loss before its weight.
   *
   * @param dead the dead latents, ascending, at least one
   * @param centred the encoder's inputs {@code [rows, d]}
   * @param error x - reconstruction {@code [rows, d]}
   */
  double run(int[] dead, Tensor centred, Tensor error, TrainState state) {
    int places = Math.min(auxK, dead.length);
    encode(dead, centred, state, places);
    pairs.gather(indices, values, rows, places);
    MemorySegment decoder = state.memory(TrainState.W_DEC);
    workers.split(
        rows,
        (from, to) -> {
          for (int row = from; row < to; row++) {
            long at = (long) row * width * Float.BYTES;
            SparseDecode.row(
                indices, values, (long) row * places, places, decoder, noBias, gradient, at, width);
          }
        });
    Tensor left = TensorMemory.tensor(gradient, ScalarType.Float, rows, width);
    left.sub_(error);
    double spread = TopKStep.squares(error.sub(error.mean(0))) / rows;
    double loss = TopKStep.squares(left) / rows / spread;
    if (Double.isNaN(loss) || Double.isInfinite(loss)) { // no error is left to explain
      gradient.fill((byte) 0);
      return 0;
    }
    left.mul_(new Scalar(2 * alpha / (rows * spread)));
    return loss;
  }

  /** Codes of the dead latents, by their numbers in the whole dictionary. */
  private void encode(int[] dead, Tensor centred, TrainState state, int places) {
    long[] chosen = Arrays.stream(dead).asLongStream().toArray();
    Tensor which = TensorMemory.longs(chosen, chosen.length);
    Tensor encoder = torch.index_select(state.tensor(TrainState.W_ENC), 0, which);
    Tensor bias = torch.index_select(state.tensor(TrainState.B_ENC), 0, which);
    chunks.scan(workers, scan, centred, encoder, TensorMemory.segment(bias));
    workers.split(
        rows,
        (from, to) -> {
          for (int row = from; row < to; row++) {
            scan.finish(row, places, indices, values, dead.length);
            for (long at = (long) row * places; at < (long) (row + 1) * places; at++) {
              int compact = indices.getAtIndex(ValueLayout.JAVA_INT, at);
              indices.setAtIndex(ValueLayout.JAVA_INT, at, dead[compact]);
            }
          }
        });
  }

  @Override
  public void close() {
    arena.close();
  }
}
