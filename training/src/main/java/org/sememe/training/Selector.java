package org.sememe.training;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.sememe.kernels.BatchTopKScan;
import org.sememe.kernels.Workers;
import org.sememe.sae.BatchTopKSelection;
import org.sememe.sae.ExactTopK;
import org.sememe.sae.Int8Screen;
import org.sememe.sae.LatentChunks;
import org.sememe.sae.ScreenedTopK;
import org.sememe.sae.TopKSelection;
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

  /** The largest share of the latents that may be candidates. */
  private static final double MOST_CANDIDATES = 0.125;

  private static final int CHECK_EVERY = 100;
  private static final int SAMPLE_ROWS = 256;

  /**
   * What came of a selection.
   *
   * @param product nanoseconds that the dense product took
   */
  record Selected(long product, Optional<ScreenFigures> screen) {}

  private final TrainState state;
  private final Workers workers;
  private final LatentChunks chunks;
  private final int k;
  private final int sample;
  private final boolean screened;
  private final ExactTopK exact;
  private final Optional<ScreenedTopK> screenedTopK;
  private final Optional<BatchTopKSelection> batchTopK;
  private final BatchTopKScan sampleScan;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment sampleIndices;
  private final MemorySegment sampleValues;

  /** A selector for a run's batches; {@code workers} and {@code chunks} stay the caller's. */
  Selector(
      TrainState state,
      TrainOptions options,
      TrainPlan plan,
      Workers workers,
      LatentChunks chunks) {
    this.state = state;
    this.workers = workers;
    this.chunks = chunks;
    this.k = options.places();
    int rows = options.batch();
    this.sample = Math.min(SAMPLE_ROWS, rows);
    Optional<Int8Screen> screen =
        (plan.screened() ? Int8Product.onThisMachine() : Optional.<Int8Product>empty())
            .map(
                product ->
                    new Int8Screen(
                        workers, product, rows, state.width(), state.latents(), Int8Screen.SIGMAS));
    this.screened = screen.isPresent();
    boolean batch = options.architecture() == Architecture.BATCHTOPK;
    this.exact = new ExactTopK(workers, chunks, 1, 1); // shaped when it is needed
    this.screenedTopK =
        screen.filter(there -> !batch).map(there -> new ScreenedTopK(workers, there, rows, k));
    this.batchTopK =
        batch
            ? Optional.of(new BatchTopKSelection(workers, chunks, rows, k, screen))
            : Optional.empty();
    this.sampleScan = new BatchTopKScan(batch ? sample : 0);
    this.sampleIndices = arena.allocate(ValueLayout.JAVA_INT, (long) sample * k);
    this.sampleValues = arena.allocate(ValueLayout.JAVA_FLOAT, (long) sample * k);
  }

  /**
   * Fills the codes of the encoder's inputs {@code u [rows, d]}. In a step whose check fails they
   * are screened all the same.
   */
  Selected select(Tensor u, Codes codes) {
    boolean screen = screened && !givenUp(state);
    long product =
        batchTopK.isPresent() ? selectBatch(u, codes, screen) : selectRows(u, codes, screen);
    if (screen && candidates() > MOST_CANDIDATES * state.latents()) {
      state.screenRecall(0); // it lets nearly all pass: not worth its cost
    } else if (screen && state.step() % CHECK_EVERY == 0) {
      state.screenRecall(recall(u, codes));
    }
    Optional<ScreenFigures> figures =
        screen
            ? Optional.of(new ScreenFigures(candidates(), state.screenRecall(), sample))
            : Optional.empty();
    workers.split(
        (int) u.size(0),
        (from, to) -> {
          for (int row = from; row < to; row++) {
            codes.arrange(row);
          }
        });
    return new Selected(product, figures);
  }

  private long selectRows(Tensor u, Codes codes, boolean screen) {
    codes.shape(k);
    if (!screen) {
      exact.reshape((int) u.size(0), k);
    }
    TopKSelection selection = screen ? screenedTopK.orElseThrow() : exact;
    return selection.select(
        u,
        state.tensor(TrainState.W_ENC),
        state.memory(TrainState.B_ENC),
        codes.indices(),
        codes.values());
  }

  private long selectBatch(Tensor u, Codes codes, boolean screen) {
    BatchTopKSelection selection = batchTopK.orElseThrow();
    long product =
        selection.select(u, state.tensor(TrainState.W_ENC), state.memory(TrainState.B_ENC), screen);
    codes.shape(selection.places());
    selection.write((int) u.size(0), state.latents(), codes.indices(), codes.values());
    return product;
  }

  private double candidates() {
    return screenedTopK
        .map(ScreenedTopK::candidates)
        .orElseGet(() -> batchTopK.orElseThrow().candidates());
  }

  /** Whether the state's screen missed too much: then its run goes on without. */
  static boolean givenUp(TrainState state) {
    return state.screenRecall() >= 0 && state.screenRecall() < LEAST_RECALL;
  }

  /** The share of the first rows' true active latents that are among the codes. */
  private double recall(Tensor u, Codes codes) {
    Tensor rows = u.narrow(0, 0, sample);
    Tensor encoder = state.tensor(TrainState.W_ENC);
    MemorySegment bias = state.memory(TrainState.B_ENC);
    long all = 0;
    long found = 0;
    if (batchTopK.isPresent()) {
      sampleScan.floor(Math.nextDown(batchTopK.get().least((int) u.size(0))));
      chunks.scan(workers, sampleScan, rows, encoder, bias);
      all = sampleScan.found(sample);
      for (int row = 0; row < sample; row++) {
        found += sampleScan.among(row, codes.active(row));
      }
    } else {
      exact.reshape(sample, k);
      exact.select(rows, encoder, bias, sampleIndices, sampleValues);
      for (int row = 0; row < sample; row++) {
        int[] mine = codes.active(row);
        for (long place = (long) row * k; place < (long) (row + 1) * k; place++) {
          if (sampleValues.getAtIndex(ValueLayout.JAVA_FLOAT, place) > 0) {
            int latent = sampleIndices.getAtIndex(ValueLayout.JAVA_INT, place);
            all++;
            found += Arrays.binarySearch(mine, latent) >= 0 ? 1 : 0;
          }
        }
      }
    }
    return all == 0 ? 1 : (double) found / all;
  }

  @Override
  public void close() {
    exact.close();
    screenedTopK.ifPresent(ScreenedTopK::close);
    batchTopK.ifPresent(BatchTopKSelection::close);
    arena.close();
  }
}
