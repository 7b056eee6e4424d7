package org.sememe.training;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.LongAdder;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.kernels.DecoderRows;
import org.sememe.kernels.WholeGradients;
import org.sememe.tensors.TensorMemory;

/**
 * Dense products over tiles of rows, so that memory is bounded: the five that a dense autoencoder's
 * step needs. Its two gradient matrices are whole.
 */
final class DensePass implements ThresholdPass {
  /** Values of one matrix of a tile, 64 MB. */
  private static final long TILE_VALUES = 1L << 24;

  private final ThresholdTerms terms;
  private final int tile;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment identity;
  private final MemorySegment pre;
  private final MemorySegment values;
  private final MemorySegment slopes;
  private final MemorySegment priced;
  private final MemorySegment pricedSlopes;
  private final MemorySegment scaledErrors;
  private final MemorySegment encoderGradient;
  private final MemorySegment decoderGradient;
  private final MemorySegment slopeSums;
  private final double[] penalties;

  /** A pass over batches of the terms, which stay the caller's. */
  DensePass(ThresholdTerms terms) {
    this.terms = terms;
    int latents = terms.latents;
    this.tile = (int) Math.clamp(TILE_VALUES / latents, 1, terms.rows);
    this.identity = arena.allocate(ValueLayout.JAVA_INT, latents);
    for (int latent = 0; latent < latents; latent++) {
      identity.setAtIndex(ValueLayout.JAVA_INT, latent, latent);
    }
    this.pre = floats((long) tile * latents);
    this.values = floats((long) tile * latents);
    this.slopes = floats((long) tile * latents);
    boolean gated = terms.rule.gated();
    this.priced = gated ? floats((long) tile * latents) : values;
    this.pricedSlopes = gated ? floats((long) tile * latents) : slopes;
    this.scaledErrors = floats((long) tile * terms.width);
    this.encoderGradient = floats((long) latents * terms.width);
    this.decoderGradient = floats((long) latents * terms.width);
    this.slopeSums = floats(latents);
    this.penalties = new double[terms.rows];
  }

  private MemorySegment floats(long count) {
    return arena.allocate(count * Float.BYTES, TrainStep.ALIGNMENT);
  }

  @Override
  public Measured run(MemorySegment batch, Tensor u, float[] inputNorms, double coefficient) {
    encoderGradient.fill((byte) 0);
    decoderGradient.fill((byte) 0);
    slopeSums.fill((byte) 0);
    LongAdder active = new LongAdder();
    long[] nanos = new long[3];
    if (terms.countsFirst()) {
      for (int first = 0; first < terms.rows; first += tile) {
        encode(u, first, active, nanos);
      }
    }
    LongAdder again = new LongAdder();
    LongAdder listed = new LongAdder();
    LongAdder pairs = new LongAdder();
    for (int first = 0; first < terms.rows; first += tile) {
      int n = encode(u, first, terms.countsFirst() ? again : active, nanos);
      long begin = System.nanoTime();
      reconstruct(batch, first, n, values, slopes, 0);
      if (terms.rule.gated()) {
        reconstruct(batch, first, n, priced, pricedSlopes, terms.rows);
      }
      nanos[2] += System.nanoTime() - begin;
      differentiate(
          u, first, n, terms.countSlope(coefficient, active.sum()), coefficient, listed, pairs);
    }
    double penalty = 0;
    for (double one : penalties) {
      penalty += one;
    }
    return new Measured(
        new WholeGradients(encoderGradient, decoderGradient),
        slopeSums,
        active.sum(),
        penalty,
        listed.sum(),
        pairs.sum(),
        nanos[0],
        nanos[1],
        nanos[2]);
  }

  private Tensor matrix(MemorySegment memory, long rows, long columns) {
    return TensorMemory.tensor(memory, ScalarType.Float, rows, columns);
  }

  private CodeRow row(int inTile) {
    long at = (long) inTile * terms.latents;
    return new CodeRow(identity, 0, pre, values, slopes, priced, pricedSlopes, at, terms.latents);
  }

  /** Encodes the tile that begins at a row; gives its rows. */
  private int encode(Tensor u, int first, LongAdder active, long[] nanos) {
    int n = Math.min(tile, terms.rows - first);
    long begin = System.nanoTime();
    Tensor encoder = terms.state.tensor(TrainState.W_ENC);
    torch.addmm_out(
        matrix(pre, n, terms.latents),
        terms.state.tensor(TrainState.B_ENC),
        u.narrow(0, first, n),
        encoder.t());
    long encoded = System.nanoTime();
    terms.workers.split(
        n,
        (from, to) -> {
          for (int row = from; row < to; row++) {
            terms.activate(row(row), active);
          }
        });
    nanos[0] += encoded - begin;
    nanos[1] += System.nanoTime() - encoded;
    return n;
  }

  /** One reconstruction of a tile: its errors, and the slopes of its activations. */
  private void reconstruct(
      MemorySegment batch,
      int first,
      int n,
      MemorySegment activations,
      MemorySegment gradients,
      int errorOffset) {
    int errorRow = errorOffset + first;
    Tensor decoder = terms.state.tensor(TrainState.W_DEC);
    long bytes = terms.at(n);
    MemorySegment mine = terms.errors.asSlice(terms.at(errorRow), bytes);
    Tensor errors = matrix(mine, n, terms.width);
    torch.addmm_out(
        errors,
        terms.state.tensor(TrainState.B_DEC),
        matrix(activations, n, terms.latents),
        decoder);
    Tensor target = matrix(batch.asSlice(terms.at(first), bytes), n, terms.width);
    torch.sub_out(errors, target, errors);
    for (int row = 0; row < n; row++) {
      double squared = DecoderRows.squaredNorm(mine, terms.at(row), terms.width);
      terms.errorNorms[errorRow + row] = (float) Math.sqrt(squared);
    }
    Tensor scaled = matrix(scaledErrors, n, terms.width);
    torch.mul_out(scaled, errors, new Scalar(terms.scale()));
    torch.mm_out(matrix(gradients, n, terms.latents), scaled, decoder.t());
    if (errorOffset == 0) { // Gated's auxiliary reconstruction holds the decoder constant
      Tensor z = matrix(activations, n, terms.latents);
      matrix(decoderGradient, terms.latents, terms.width).addmm_(z.t(), scaled);
    }
  }

  private void differentiate(
      Tensor u,
      int first,
      int n,
      double countSlope,
      double coefficient,
      LongAdder listed,
      LongAdder pairs) {
    terms.workers.splitByWeight(
        n,
        row -> row,
        (part, from, to) -> {
          for (int row = from; row < to; row++) {
            CodeRow codes = row(row);
            penalties[first + row] = terms.differentiate(codes, coefficient, countSlope, part);
            count(codes, listed, pairs);
          }
        });
    Tensor gradients = matrix(slopes, n, terms.latents);
    matrix(encoderGradient, terms.latents, terms.width)
        .addmm_(gradients.t(), u.narrow(0, first, n));
    TensorMemory.tensor(slopeSums, ScalarType.Float, terms.latents).add_(gradients.sum(0));
  }

  /** What a sparse pass would have listed, and gathered. */
  private void count(CodeRow row, LongAdder listed, LongAdder pairs) {
    MemorySegment limits = terms.rule.limits();
    long above = 0;
    long counted = 0;
    for (int i = 0; i < row.count(); i++) {
      above += row.pre(i) > limits.getAtIndex(ValueLayout.JAVA_FLOAT, i) ? 1 : 0;
      counted += row.value(i) != 0 || row.slope(i) != 0 ? 1 : 0;
    }
    listed.add(above);
    pairs.add(counted);
  }

  @Override
  public void close() {
    arena.close();
  }
}
