package org.sememe.training;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.sememe.kernels.Workers;
import org.sememe.sae.ExactBatchTopK;
import org.sememe.sae.ExactTopK;
import org.sememe.sae.LatentChunks;
import org.sememe.sae.ScreenedTopK;
import org.sememe.tensors.Int8Product;

/**
 * Finds the codes of a step's rows, screened where the plan says so. A screen is checked against
 * the exact selection on a sample of rows, in the run's first step and then every {@value
 * #CHECK_EVERY}; one that misses too much is given up for the rest of the run, which the state
 * remembers. Owns its memory; one thread at a time.
 */
final class Selector implements AutoCloseable {
  /** The least share of the true active latents that a screen must find in every check. */
  static final double LEAST_RECALL = 0.999;

  private static final int CHECK_EVERY = 100;
  private static final int SAMPLE_ROWS = 256;

  /**
   * What came of a selection.
   *
   * @param product nanoseconds that the dense product took
   */
  record Selected(long product, Optional<ScreenFigures> screen) {}

  private final TrainState state;
  private final int k;
  private final Workers workers;
  private final Optional<ExactBatchTopK> batch;
  private final ExactTopK exact;
  private final Optional<ScreenedTopK> screened;
  private final int sample;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment sampleIndices;
  private final MemorySegment sampleValues;

  /**
   * A selector for batches of so many rows; {@code workers} and {@code chunks} stay the caller's.
   */
  Selector(
      TrainState state,
      TrainOptions options,
      TrainPlan plan,
      Workers workers,
      LatentChunks chunks) {
    this.state = state;
    this.k = options.places();
    this.batch =
        options.architecture() == Architecture.BATCHTOPK
            ? Optional.of(new ExactBatchTopK(workers, chunks, options.batch(), options.k()))
            : Optional.empty();
    this.workers = workers;
    int rows = options.batch();
    this.screened =
        (plan.screened() ? Int8Product.onThisMachine() : Optional.<Int8Product>empty())
            .map(
                product ->
                    new ScreenedTopK(
                        workers,
                        product,
                        rows,
                        state.width(),
                        state.latents(),
                        k,
                        ScreenedTopK.SIGMAS));
    this.sample = Math.min(SAMPLE_ROWS, rows);
    this.exact = new ExactTopK(workers, chunks, 1, 1); // shaped when it is needed
    this.sampleIndices = arena.allocate(ValueLayout.JAVA_INT, (long) sample * k);
    this.sampleValues = arena.allocate(ValueLayout.JAVA_FLOAT, (long) sample * k);
  }

  /**
   * Fills the codes of the encoder's inputs {@code u [rows, d]}. In a step whose check fails they
   * are screened all the same.
   */
  Selected select(Tensor u, Codes codes) {
    Tensor encoder = state.tensor(TrainState.W_ENC);
    MemorySegment bias = state.memory(TrainState.B_ENC);
    int rows = (int) u.size(0);
    Selected selected;
    if (batch.isPresent()) {
      ExactBatchTopK selection = batch.get();
      long product = selection.select(u, encoder, bias);
      codes.shape(selection.places());
      selection.write(rows, state.latents(), codes.indices(), codes.values());
      selected = new Selected(product, Optional.empty());
    } else {
      codes.shape(k);
      selected = selectTopK(u, encoder, bias, codes.indices(), codes.values());
    }
    workers.split(
        rows,
        (from, to) -> {
          for (int row = from; row < to; row++) {
            codes.arrange(row);
          }
        });
    return selected;
  }

  private Selected selectTopK(
      Tensor u, Tensor encoder, MemorySegment bias, MemorySegment indices, MemorySegment values) {
    if (screened.isEmpty() || givenUp(state)) {
      exact.reshape((int) u.size(0), k);
      return new Selected(exact.select(u, encoder, bias, indices, values), Optional.empty());
    }
    ScreenedTopK screen = screened.get();
    long product = screen.select(u, encoder, bias, indices, values);
    if (state.step() % CHECK_EVERY == 0) {
      state.screenRecall(recall(u, encoder, bias, indices, values));
    }
    return new Selected(
        product, Optional.of(new ScreenFigures(screen.candidates(), state.screenRecall(), sample)));
  }

  /** Whether the state's screen missed too much: then its run goes on without. */
  static boolean givenUp(TrainState state) {
    return state.screenRecall() >= 0 && state.screenRecall() < LEAST_RECALL;
  }

  /** The share of the first rows' true active latents that are among the codes. */
  private double recall(
      Tensor u, Tensor encoder, MemorySegment bias, MemorySegment indices, MemorySegment values) {
    exact.reshape(sample, k);
    exact.select(u.narrow(0, 0, sample), encoder, bias, sampleIndices, sampleValues);
    long all = 0;
    long found = 0;
    for (int row = 0; row < sample; row++) {
      int[] codes = active(indices, values, row);
      for (int latent : active(sampleIndices, sampleValues, row)) {
        all++;
        found += Arrays.binarySearch(codes, latent) >= 0 ? 1 : 0;
      }
    }
    return all == 0 ? 1 : (double) found / all;
  }

  private int[] active(MemorySegment indices, MemorySegment values, int row) {
    int[] latents = new int[k];
    int count = 0;
    for (long place = (long) row * k; place < (long) (row + 1) * k; place++) {
      if (values.getAtIndex(ValueLayout.JAVA_FLOAT, place) > 0) {
        latents[count++] = indices.getAtIndex(ValueLayout.JAVA_INT, place);
      }
    }
    int[] sorted = Arrays.copyOf(latents, count);
    Arrays.sort(sorted);
    return sorted;
  }

  @Override
  public void close() {
    exact.close();
    screened.ifPresent(ScreenedTopK::close);
    arena.close();
  }
}
