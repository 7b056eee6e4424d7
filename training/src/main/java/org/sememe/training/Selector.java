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
import org.sememe.training.ranks.Mesh;
import org.sememe.training.ranks.Part;

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
  private final Mesh mesh;
  private final Part mine;
  private final Workers workers;
  private final LatentChunks chunks;
  private final int k;
  private final int sample;
  private final boolean screened;
  private final ExactTopK exact;
  private final Optional<ScreenedTopK> screenedTopK;
  private final Optional<BatchTopKSelection> batchTopK;
  private final Optional<RowCut> rowCut;
  private final BatchTopKScan sampleScan;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment sampleIndices;
  private final MemorySegment sampleValues;

  /**
   * A selector for a run's batches.
   *
   * @param workers stay the caller's, as {@code mesh} and {@code chunks} do
   */
  Selector(
      TrainState state,
      TrainOptions options,
      TrainPlan plan,
      Mesh mesh,
      Workers workers,
      LatentChunks chunks) {
    this.state = state;
    this.mesh = mesh;
    this.mine = mesh.rows().part(options.batch());
    this.workers = workers;
    this.chunks = chunks;
    this.k = options.places();
    int rows = mine.count();
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
            ? Optional.of(
                new BatchTopKSelection(
                    workers, chunks, rows, k, screen, new RankPeers(mesh, options.batch())))
            : Optional.empty();
    this.rowCut =
        batch || mesh.latents().size() == 1
            ? Optional.empty()
            : Optional.of(new RowCut(mesh.latents(), workers, (long) rows * k));
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
    Tensor own = u.narrow(0, mine.from(), mine.count());
    long product =
        batchTopK.isPresent() ? selectBatch(own, codes, screen) : selectRows(own, codes, screen);
    Optional<ScreenFigures> figures = screen ? Optional.of(judge(own, codes)) : Optional.empty();
    mesh.rows().share(codes.whole(codes.indices()), (int) u.size(0));
    mesh.rows().share(codes.whole(codes.values()), (int) u.size(0));
    workers.split(
        (int) u.size(0),
        (from, to) -> {
          for (int row = from; row < to; row++) {
            codes.arrange(row);
          }
        });
    return new Selected(product, figures);
  }

  /** Checks the screen where it is time to; every rank comes to the same. */
  private ScreenFigures judge(Tensor own, Codes codes) {
    double candidates = mesh.all().sum(candidates()) / mesh.all().size();
    if (candidates > MOST_CANDIDATES * state.latents()) {
      state.screenRecall(0); // it lets nearly all pass: not worth its cost
    } else if (state.step() % CHECK_EVERY == 0) {
      state.screenRecall(recall(own, codes));
    }
    return new ScreenFigures(
        candidates * mesh.latents().size(), state.screenRecall(), sample * mesh.rows().size());
  }

  private long selectRows(Tensor u, Codes codes, boolean screen) {
    codes.shape(k);
    if (!screen) {
      exact.reshape((int) u.size(0), k);
    }
    TopKSelection selection = screen ? screenedTopK.orElseThrow() : exact;
    MemorySegment values = codes.of(codes.values(), mine);
    long product =
        selection.select(
            u,
            state.tensor(TrainState.W_ENC),
            state.memory(TrainState.B_ENC),
            codes.of(codes.indices(), mine),
            values);
    rowCut.ifPresent(cut -> cut.leaveBest(values, mine.count(), k, k));
    return product;
  }

  private long selectBatch(Tensor u, Codes codes, boolean screen) {
    BatchTopKSelection selection = batchTopK.orElseThrow();
    long product =
        selection.select(u, state.tensor(TrainState.W_ENC), state.memory(TrainState.B_ENC), screen);
    codes.shape((int) -mesh.rows().least(-selection.places()));
    selection.write(
        mine.count(),
        state.latents(),
        codes.places(),
        codes.of(codes.indices(), mine),
        codes.of(codes.values(), mine));
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
      sampleScan.floor(Math.nextDown(batchTopK.get().least()));
      chunks.scan(workers, sampleScan, rows, encoder, bias);
      all = sampleScan.found(sample);
      for (int row = 0; row < sample; row++) {
        found += sampleScan.among(row, codes.active(mine.from() + row));
      }
    } else {
      exact.reshape(sample, k);
      exact.select(rows, encoder, bias, sampleIndices, sampleValues);
      rowCut.ifPresent(cut -> cut.leaveBest(sampleValues, sample, k, k));
      for (int row = 0; row < sample; row++) {
        int[] here = codes.active(mine.from() + row);
        for (long place = (long) row * k; place < (long) (row + 1) * k; place++) {
          if (sampleValues.getAtIndex(ValueLayout.JAVA_FLOAT, place) > 0) {
            int latent = sampleIndices.getAtIndex(ValueLayout.JAVA_INT, place);
            all++;
            found += Arrays.binarySearch(here, latent) >= 0 ? 1 : 0;
          }
        }
      }
    }
    double everywhere = mesh.all().sum(all);
    return everywhere == 0 ? 1 : mesh.all().sum(found) / everywhere;
  }

  @Override
  public void close() {
    exact.close();
    rowCut.ifPresent(RowCut::close);
    screenedTopK.ifPresent(ScreenedTopK::close);
    batchTopK.ifPresent(BatchTopKSelection::close);
    arena.close();
  }
}
