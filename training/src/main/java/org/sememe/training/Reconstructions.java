package org.sememe.training;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.sememe.kernels.CodeBlock;
import org.sememe.kernels.DecoderRows;
import org.sememe.kernels.Residuals;
import org.sememe.kernels.SparseDecode;
import org.sememe.kernels.Workers;
import org.sememe.training.ranks.Mesh;
import org.sememe.training.ranks.Part;

/**
 * What the reconstructions of a batch leave, and how that changes with each code. Its memory {@code
 * [*, d]} has the primary reconstruction's errors first, then as many rows for what dead latents
 * leave of them where there is an auxiliary loss, and with several stages the gradients of each, up
 * to the factor -2 / rows:
 *
 * <pre>
 * e_s = x - x̂_s,  g_s = sum over t >= s of weight_t e_t
 * </pre>
 *
 * A code of stage s takes part in all reconstructions from s on, so g_s is the gradient that its
 * latent sees. With one stage g is e. Owns its memory; one thread at a time.
 */
final class Reconstructions implements AutoCloseable {
  private final int rows;
  private final int width;
  private final Nesting nesting;
  private final Mesh mesh;
  private final Workers workers;
  private final int gradientRow;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment errors;
  private final MemorySegment noBias;
  private final float[] norms;
  private final double[] losses;

  /** For batches of so many rows; {@code mesh} and {@code workers} stay the caller's. */
  Reconstructions(
      int rows, int width, Nesting nesting, boolean auxiliary, Mesh mesh, Workers workers) {
    this.mesh = mesh;
    this.rows = rows;
    this.width = width;
    this.nesting = nesting;
    this.workers = workers;
    int before = auxiliary ? 2 * rows : rows;
    this.gradientRow = nesting.stages() == 1 ? 0 : before;
    int all = nesting.stages() == 1 ? before : before + nesting.stages() * rows;
    this.errors = arena.allocate((long) all * width * Float.BYTES, TrainStep.ALIGNMENT);
    this.noBias = arena.allocate((long) width * Float.BYTES, TrainStep.ALIGNMENT);
    this.norms = new float[all];
    this.losses = new double[rows];
  }

  /** All its rows. */
  MemorySegment errors() {
    return errors;
  }

  /** The norms of its rows. */
  float[] norms() {
    return norms;
  }

  /** The rows whose sum is b_dec's gradient, up to the factor: it takes part in every stage. */
  MemorySegment wholeGradients() {
    long bytes = (long) rows * width * Float.BYTES;
    return errors.asSlice((long) gradientRow * width * Float.BYTES, bytes);
  }

  /** The codes with their gradients. */
  CodeBlock block(Codes codes) {
    return codes.block(gradientRow, scale());
  }

  /**
   * Decodes a batch of targets {@code [rows, d]} and fills the codes' slopes: the loss's gradients
   * at their pre-activations. Ranks that have all latents decode their rows and give each other the
   * errors and slopes; of several stages each decodes all rows, which is cheaper than to send them.
   * Ranks that have some latents add up what each makes of them.
   */
  void decode(MemorySegment batch, Codes codes, TrainState state) {
    MemorySegment decoder = state.memory(TrainState.W_DEC);
    MemorySegment bias = state.memory(TrainState.B_DEC);
    if (nesting.stages() > 1) {
      workers.split(
          rows,
          (from, to) -> {
            for (int row = from; row < to; row++) {
              decodeStages(row, batch, codes, decoder, bias);
            }
          });
      return;
    }
    Part mine = mesh.rows().part(rows);
    MemorySegment first = mesh.latents().rank() == 0 ? bias : noBias;
    new TwoPasses(workers, mesh.latents())
        .run(
            mine,
            rowsOf(mine),
            row -> reconstruct(row, codes, decoder, first),
            row -> leave(row, batch, codes, decoder));
    mesh.rows().share(rowsOf(new Part(0, rows)), rows);
    mesh.rows().share(codes.whole(codes.slopes()), rows);
    mesh.rows().share(losses, rows);
    for (int row = 0; row < rows; row++) {
      norms[row] = (float) Math.sqrt(losses[row]);
    }
  }

  private MemorySegment rowsOf(Part part) {
    return errors.asSlice(at(part.from()), at(part.count()));
  }

  private void reconstruct(int row, Codes codes, MemorySegment decoder, MemorySegment bias) {
    int k = codes.places();
    long code = (long) row * k;
    SparseDecode.row(
        codes.indices(), codes.values(), code, k, decoder, bias, errors, at(row), width);
  }

  private void leave(int row, MemorySegment batch, Codes codes, MemorySegment decoder) {
    long at = at(row);
    int k = codes.places();
    losses[row] = Residuals.row(batch, at, errors, at, width);
    slopes(codes, (long) row * k, k, decoder, at);
  }

  private void decodeStages(
      int row, MemorySegment batch, Codes codes, MemorySegment decoder, MemorySegment bias) {
    long code = (long) row * codes.places();
    MemorySegment before = bias;
    for (int stage = 0; stage < nesting.stages(); stage++) {
      long at = at(gradientRow + stage * rows + row);
      int from = codes.start(row, stage);
      int count = codes.end(row, stage) - from;
      SparseDecode.row(
          codes.indices(), codes.values(), code + from, count, decoder, before, errors, at, width);
      before = errors.asSlice(at, (long) width * Float.BYTES);
    }
    losses[row] = 0;
    for (int stage = nesting.stages() - 1; stage >= 0; stage--) {
      int here = gradientRow + stage * rows + row;
      long at = at(here);
      double squared = Residuals.row(batch, at(row), errors, at, width);
      losses[row] += nesting.weights().get(stage) * squared;
      if (stage == nesting.primary()) {
        MemorySegment.copy(errors, at, errors, at(row), (long) width * Float.BYTES);
        norms[row] = (float) Math.sqrt(squared);
      }
      float weight = nesting.weights().get(stage).floatValue();
      if (stage + 1 == nesting.stages()) {
        Residuals.weigh(weight, errors, at, width);
      } else {
        Residuals.accumulate(weight, errors, at, at(here + rows), width);
      }
      norms[here] = (float) Math.sqrt(DecoderRows.squaredNorm(errors, at, width));
      int from = codes.start(row, stage);
      slopes(codes, code + from, codes.end(row, stage) - from, decoder, at);
    }
  }

  private void slopes(Codes codes, long code, int count, MemorySegment decoder, long at) {
    SparseDecode.activeSlopes(
        codes.indices(),
        codes.values(),
        codes.slopes(),
        code,
        count,
        decoder,
        scale(),
        errors,
        at,
        width);
  }

  /** The factor of the squared error's mean. */
  private float scale() {
    return -2f / rows;
  }

  private long at(int row) {
    return (long) row * width * Float.BYTES;
  }

  /** The last batch's loss: the weighted mean squared errors of its reconstructions. */
  double loss() {
    double sum = 0;
    for (double loss : losses) {
      sum += loss;
    }
    return sum / rows;
  }

  /** The last batch's mean squared error of the primary reconstruction. */
  double squaredError() {
    double sum = 0;
    for (int row = 0; row < rows; row++) {
      sum += (double) norms[row] * norms[row];
    }
    return sum / rows;
  }

  @Override
  public void close() {
    arena.close();
  }
}
