package org.sememe.training;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.kernels.CodeBlock;
import org.sememe.kernels.Residuals;
import org.sememe.kernels.SparseDecode;
import org.sememe.kernels.Workers;
import org.sememe.sae.ExactTopK;
import org.sememe.sae.LatentChunks;
import org.sememe.tensors.TensorMemory;
import org.sememe.training.ranks.Communicator;
import org.sememe.training.ranks.Part;

/**
 * AuxK (Gao et al. 2024, section A.2): the strongest dead latents of each row try to reconstruct
 * the error e that the live ones left (which is held constant),
 *
 * <pre>
 * loss = alpha * mean |e - sum_j z_j W_dec[j]|^2 / mean |e - mean(e)|^2
 * </pre>
 *
 * without b_dec, which the reconstruction has already.
 *
 * <p>It has many more active pairs a row than the loss itself (d/2 against k), and would cost more
 * than all else. So its mean is taken over some of the batch's rows, other ones each step: an
 * unbiased estimate, whose pairs are at most half as many as the step's own. Owns scratch memory.
 * One thread at a time.
 */
final class AuxiliaryLoss implements AutoCloseable {
  /** The step's own pairs for each pair of the auxiliary loss, at least. */
  private static final int PAIRS_SHARE = 2;

  private final int rows;
  private final int width;
  private final int auxK;
  private final int mostRows;
  private final long mostPairs;
  private final double alpha;
  private final Communicator ranks;
  private final Workers workers;
  private final ExactTopK selection;
  private final Optional<RowCut> rowCut;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment indices;
  private final MemorySegment values;
  private final MemorySegment slopes;
  private final MemorySegment noBias;

  /**
   * For batches of so many rows.
   *
   * @param ranks that have other latents; they stay the caller's, as {@code workers} and {@code
   *     chunks} do
   */
  AuxiliaryLoss(
      TrainOptions options,
      TrainPlan plan,
      Communicator ranks,
      Workers workers,
      LatentChunks chunks) {
    this.ranks = ranks;
    this.rows = options.batch();
    this.width = plan.width();
    this.auxK = Math.min(plan.auxK(), options.latents());
    this.mostRows = Math.min(options.auxRows().orElse(rows), rows);
    this.mostPairs =
        options.auxRows().isPresent()
            ? (long) mostRows * auxK
            : Math.max(auxK, (long) rows * options.k() / PAIRS_SHARE);
    this.alpha = options.auxAlpha();
    this.workers = workers;
    this.selection = new ExactTopK(workers, chunks, 1, 1);
    this.rowCut =
        ranks.size() == 1 ? Optional.empty() : Optional.of(new RowCut(ranks, workers, mostPairs));
    this.indices = arena.allocate(ValueLayout.JAVA_INT, mostPairs);
    this.values = arena.allocate(ValueLayout.JAVA_FLOAT, mostPairs);
    this.slopes = arena.allocate(ValueLayout.JAVA_FLOAT, mostPairs);
    this.noBias = arena.allocate(ValueLayout.JAVA_FLOAT, width);
  }

  /**
   * The loss before its weight.
   *
   * @param codes whose gradients are the weighted loss's; none where no error is left to explain
   */
  record Result(double loss, Optional<CodeBlock> codes) {}

  /**
   * Measures the loss of a batch.
   *
   * @param dead this rank's dead latents, ascending
   * @param allDead how many there are on all ranks, at least one
   * @param centred the encoder's inputs {@code [rows, d]}
   * @param reconstructions whose errors the dead latents learn from, and room for what they leave
   */
  Result run(
      int[] dead, int allDead, Tensor centred, Reconstructions reconstructions, TrainState state) {
    MemorySegment errors = reconstructions.errors();
    float[] errorNorms = reconstructions.norms();
    int all = Math.min(auxK, allDead);
    int places = Math.min(all, dead.length);
    int n = (int) Math.clamp(mostPairs / all, 1, mostRows);
    int first = (int) (state.step() * n % (rows - n + 1));
    Tensor error = TensorMemory.tensor(errors, ScalarType.Float, rows, width);
    double spread = TrainStep.squares(error.sub(error.mean(0))) / rows;
    if (!(spread > 0)) { // no error is left to explain
      return new Result(0, Optional.empty());
    }
    float scale = (float) (-2 * alpha / (n * spread));
    if (places > 0) {
      encode(dead, centred.narrow(0, first, n), state, places);
    }
    rowCut.ifPresent(cut -> cut.leaveBest(values, n, places, all));
    MemorySegment decoder = state.memory(TrainState.W_DEC);
    long rowBytes = (long) width * Float.BYTES;
    new TwoPasses(workers, ranks)
        .run(
            new Part(0, n),
            errors.asSlice(rows * rowBytes, n * rowBytes),
            row -> {
              long code = (long) row * places;
              long at = (rows + row) * rowBytes;
              SparseDecode.row(indices, values, code, places, decoder, noBias, errors, at, width);
            },
            row -> {
              long code = (long) row * places;
              long at = (rows + row) * rowBytes;
              double left = Residuals.row(errors, (first + row) * rowBytes, errors, at, width);
              errorNorms[rows + row] = (float) Math.sqrt(left);
              SparseDecode.activeSlopes(
                  indices, values, slopes, code, places, decoder, scale, errors, at, width);
            });
    double sum = 0;
    for (int row = rows; row < rows + n; row++) {
      sum += (double) errorNorms[row] * errorNorms[row];
    }
    double loss = sum / n / spread;
    int[] offsets = CodeBlock.even(n, places);
    return new Result(
        loss,
        Optional.of(CodeBlock.plain(indices, values, slopes, n, offsets, first, rows, scale)));
  }

  /** Codes of the dead latents, by their numbers in the whole dictionary. */
  private void encode(int[] dead, Tensor inputs, TrainState state, int places) {
    long[] chosen = Arrays.stream(dead).asLongStream().toArray();
    Tensor which = TensorMemory.longs(chosen, chosen.length);
    Tensor encoder = torch.index_select(state.tensor(TrainState.W_ENC), 0, which);
    Tensor bias = torch.index_select(state.tensor(TrainState.B_ENC), 0, which);
    int n = (int) inputs.size(0);
    selection.reshape(n, places);
    selection.select(inputs, encoder, TensorMemory.segment(bias), indices, values);
    for (long at = 0; at < (long) n * places; at++) {
      int compact = indices.getAtIndex(ValueLayout.JAVA_INT, at);
      indices.setAtIndex(ValueLayout.JAVA_INT, at, dead[compact]);
    }
  }

  @Override
  public void close() {
    selection.close();
    rowCut.ifPresent(RowCut::close);
    arena.close();
  }
}
