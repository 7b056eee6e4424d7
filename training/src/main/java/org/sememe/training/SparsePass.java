package org.sememe.training;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.bytedeco.pytorch.Tensor;
import org.sememe.kernels.AboveScan;
import org.sememe.kernels.CodeBlock;
import org.sememe.kernels.LatentPairs;
import org.sememe.kernels.PairGradients;
import org.sememe.kernels.Residuals;
import org.sememe.kernels.SparseDecode;
import org.sememe.sae.LatentChunks;
import org.sememe.tensors.TensorMemory;

/**
 * The encoder's product is dense; all else runs at the pre-activations above their limits. Owns its
 * memory, which grows with their number.
 */
final class SparsePass implements ThresholdPass {
  private static final int SAMPLE_ROWS = 64;

  /** What a thread, by its number, does for a row. */
  @FunctionalInterface
  private interface RowJob {
    void run(int part, int row);
  }

  private final ThresholdTerms terms;
  private final LatentChunks chunks;
  private final AboveScan scan;
  private final LatentPairs pairs;
  private final int[] offsets;
  private final double[] penalties;
  private final Arena fixed = Arena.ofShared();
  private final MemorySegment slopeSums;
  private Arena arena = Arena.ofShared();
  private int room;
  private MemorySegment indices = MemorySegment.NULL;
  private MemorySegment pre = MemorySegment.NULL;
  private MemorySegment values = MemorySegment.NULL;
  private MemorySegment slopes = MemorySegment.NULL;
  private MemorySegment priced = MemorySegment.NULL;
  private MemorySegment pricedSlopes = MemorySegment.NULL;

  /** A pass over batches of the terms, which stay the caller's. */
  SparsePass(ThresholdTerms terms) {
    this.terms = terms;
    this.chunks = new LatentChunks(terms.rows, terms.latents);
    this.scan = new AboveScan(terms.rows, terms.rule.limits());
    this.pairs = new LatentPairs(terms.latents);
    this.offsets = new int[terms.rows + 1];
    this.penalties = new double[terms.rows];
    this.slopeSums = fixed.allocate(ValueLayout.JAVA_FLOAT, terms.latents);
  }

  /** How many of the first rows' pre-activations are above their limits, for each of all. */
  double sampledShare(Tensor u) {
    int sample = Math.min(SAMPLE_ROWS, terms.rows);
    scan(u.narrow(0, 0, sample));
    return (double) offsets[sample] / ((double) sample * terms.latents);
  }

  private long scan(Tensor u) {
    MemorySegment bias = terms.state.memory(TrainState.B_ENC);
    Tensor encoder = terms.state.tensor(TrainState.W_ENC);
    long product = chunks.scan(terms.workers, scan, u, encoder, bias);
    for (int row = 0; row < u.size(0); row++) {
      offsets[row + 1] = Math.addExact(offsets[row], scan.count(row));
    }
    return product;
  }

  @Override
  public Measured run(MemorySegment batch, Tensor u, float[] inputNorms, double coefficient) {
    long begin = System.nanoTime();
    long product = scan(u);
    makeRoom(offsets[terms.rows]);
    LongAdder active = new LongAdder();
    each(
        (part, row) -> {
          scan.write(row, offsets[row], indices, pre);
          terms.activate(row(row), active);
        });
    long selected = System.nanoTime();
    double countSlope = terms.countSlope(coefficient, active.sum());
    each((part, row) -> differentiate(part, row, batch, coefficient, countSlope));
    double penalty = 0;
    for (double one : penalties) {
      penalty += one;
    }
    long decoded = System.nanoTime();
    CodeBlock block =
        CodeBlock.plain(indices, values, slopes, terms.rows, offsets, 0, 0, terms.scale());
    pairs.gather(List.of(block));
    for (int latent = 0; latent < terms.latents; latent++) {
      slopeSums.setAtIndex(ValueLayout.JAVA_FLOAT, latent, pairs.slopeSum(latent));
    }
    return new Measured(
        new PairGradients(
            pairs, TensorMemory.segment(u), terms.errors, inputNorms, terms.errorNorms),
        slopeSums,
        active.sum(),
        penalty,
        offsets[terms.rows],
        pairs.count(),
        product,
        selected - begin - product,
        decoded - selected);
  }

  /** Does something for each row, of which the threads get shares of about equal weight. */
  private void each(RowJob job) {
    terms.workers.splitByWeight(
        terms.rows,
        row -> (long) offsets[row] + row,
        (part, from, to) -> {
          for (int row = from; row < to; row++) {
            job.run(part, row);
          }
        });
  }

  private CodeRow row(int row) {
    int at = offsets[row];
    int count = offsets[row + 1] - at;
    return new CodeRow(indices, at, pre, values, slopes, priced, pricedSlopes, at, count);
  }

  private void differentiate(
      int part, int row, MemorySegment batch, double coefficient, double countSlope) {
    CodeRow codes = row(row);
    reconstruct(codes, values, slopes, batch, row, row);
    if (terms.rule.gated()) {
      reconstruct(codes, priced, pricedSlopes, batch, row, terms.rows + row);
    }
    penalties[row] = terms.differentiate(codes, coefficient, countSlope, part);
  }

  /** One reconstruction of a row: its error, and the slopes of its codes. */
  private void reconstruct(
      CodeRow codes,
      MemorySegment activations,
      MemorySegment gradients,
      MemorySegment batch,
      int row,
      int errorRow) {
    MemorySegment decoder = terms.state.memory(TrainState.W_DEC);
    MemorySegment bias = terms.state.memory(TrainState.B_DEC);
    long at = terms.at(errorRow);
    int d = terms.width;
    SparseDecode.row(
        indices, activations, codes.at(), codes.count(), decoder, bias, terms.errors, at, d);
    double squared = Residuals.row(batch, terms.at(row), terms.errors, at, d);
    terms.errorNorms[errorRow] = (float) Math.sqrt(squared);
    SparseDecode.slopes(
        indices, gradients, codes.at(), codes.count(), decoder, terms.scale(), terms.errors, at, d);
  }

  private void makeRoom(int places) {
    if (places > room) {
      arena.close();
      arena = Arena.ofShared();
      room = places;
      indices = arena.allocate(ValueLayout.JAVA_INT, places);
      pre = arena.allocate(ValueLayout.JAVA_FLOAT, places);
      values = arena.allocate(ValueLayout.JAVA_FLOAT, places);
      slopes = arena.allocate(ValueLayout.JAVA_FLOAT, places);
      boolean gated = terms.rule.gated();
      priced = gated ? arena.allocate(ValueLayout.JAVA_FLOAT, places) : values;
      pricedSlopes = gated ? arena.allocate(ValueLayout.JAVA_FLOAT, places) : slopes;
    }
  }

  @Override
  public void close() {
    chunks.close();
    pairs.close();
    arena.close();
    fixed.close();
  }
}
