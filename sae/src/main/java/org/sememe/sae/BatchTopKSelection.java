package org.sememe.sae;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.sememe.kernels.BatchScreenScan;
import org.sememe.kernels.BatchTopKScan;
import org.sememe.kernels.Workers;
import org.sememe.tensors.TensorMemory;

/**
 * The selection of the {@code n k} largest positive pre-activations of a batch of n rows, by the
 * whole product in fp32 or screened by an int8 product. A floor keeps most of the others out while
 * the latents pass by: the least value that the batch before kept, with some room, and before the
 * first what some rows say. Where it was too high the batch is scanned again with a lower one. Owns
 * its memory; one thread at a time, which shares the work.
 */
public final class BatchTopKSelection implements AutoCloseable {
  /** How far below the least value of the batch before the floor lies. */
  private static final float ROOM = 0.8f;

  private static final float LEAST_FLOOR = 1e-6f;
  private static final int SAMPLE_ROWS = 64;
  private static final int SAMPLE_SHARE = 2;

  private final Workers workers;
  private final LatentChunks chunks;
  private final int k;
  private final BatchTopKScan scan;
  private final Optional<Int8Screen> screen;
  private final BatchScreenScan screenScan;
  private final BatchPeers peers;
  private float floor = -1;
  private float least;
  private boolean enough;
  private int places;
  private double candidates;

  /**
   * A selection of up to {@code mostRows} rows at once.
   *
   * @param workers stay the caller's, as {@code chunks} do
   * @param screen of as many rows, which it takes over; where there is none all is exact
   */
  public BatchTopKSelection(
      Workers workers, LatentChunks chunks, int mostRows, int k, Optional<Int8Screen> screen) {
    this(workers, chunks, mostRows, k, screen, BatchPeers.none());
  }

  /** A selection of which some rows or latents are with {@code peers}. */
  public BatchTopKSelection(
      Workers workers,
      LatentChunks chunks,
      int mostRows,
      int k,
      Optional<Int8Screen> screen,
      BatchPeers peers) {
    this.peers = peers;
    this.workers = workers;
    this.chunks = chunks;
    this.k = k;
    this.scan = new BatchTopKScan(mostRows);
    this.screen = screen;
    this.screenScan = new BatchScreenScan(screen.isPresent() ? mostRows : 0);
  }

  /**
   * Finds the active latents of rows.
   *
   * @param x float32 {@code [n, d]}, contiguous
   * @param encoder {@code W_enc [latents, d]}
   * @param bias {@code b_enc [latents]}
   * @param screened whether the screen is used, if there is one
   * @return how much of the time the dense product took, in nanoseconds
   */
  public long select(Tensor x, Tensor encoder, MemorySegment bias, boolean screened) {
    int rows = (int) x.size(0);
    int wanted = peers.wanted(Math.multiplyExact(rows, k));
    if (floor < 0) {
      floor = peers.floor(sampled(x, encoder, bias));
    }
    screen.filter(there -> screened).ifPresent(there -> there.round(x, encoder));
    long product = scan(x, encoder, bias, wanted, screened);
    long found = peers.found(scan.found(rows));
    while (floor > 0 && found < wanted) { // by halves: at 0 half of all would be kept
      floor = floor > LEAST_FLOOR ? floor / 2 : 0;
      product += scan(x, encoder, bias, wanted, screened);
      found = peers.found(scan.found(rows));
    }
    enough = found >= wanted;
    least = enough ? peers.cut(scan, rows, wanted) : scan.least(rows);
    places = 1;
    for (int row = 0; row < rows; row++) {
      places = Math.max(places, scan.active(row));
    }
    return product;
  }

  /** Finds what is above the floor, or the screen's part of it. */
  private long scan(Tensor x, Tensor encoder, MemorySegment bias, int wanted, boolean screened) {
    scan.floor(floor);
    return screened && screen.isPresent()
        ? scanScreened(screen.get(), x, encoder, bias, wanted)
        : chunks.scan(workers, scan, x, encoder, bias);
  }

  private long scanScreened(
      Int8Screen int8, Tensor x, Tensor encoder, MemorySegment bias, int wanted) {
    int rows = (int) x.size(0);
    int width = (int) x.size(1);
    for (int row = 0; row < rows; row++) {
      screenScan.begin(row, int8.scale(row), int8.margin(row), floor);
    }
    long product =
        int8.score(
            rows,
            (row, scores, at, scales, first, count) ->
                screenScan.scan(row, scores, at, scales, bias, first, count));
    screenScan.narrow(rows, wanted);
    candidates = (double) screenScan.candidates(rows) / rows;
    MemorySegment inputs = TensorMemory.segment(x);
    MemorySegment weights = TensorMemory.segment(encoder);
    workers.split(
        rows,
        (from, to) -> {
          scan.reset(from, to);
          for (int row = from; row < to; row++) {
            long at = (long) row * width * Float.BYTES;
            screenScan.rescore(row, inputs, at, weights, bias, width, scan);
          }
        });
    return product;
  }

  /** Candidates a row in the last screened selection, on average. */
  public double candidates() {
    return candidates;
  }

  /** The least value that the last selection kept; of fewer than were wanted, the least here. */
  public float least() {
    return least;
  }

  /** The value that twice as many as wanted of the first rows' pre-activations are above. */
  private float sampled(Tensor x, Tensor encoder, MemorySegment bias) {
    int sample = (int) Math.min(SAMPLE_ROWS, x.size(0));
    scan.floor(0);
    chunks.scan(workers, scan, x.narrow(0, 0, sample), encoder, bias);
    scan.cut(sample, SAMPLE_SHARE * sample * k);
    return scan.found(sample) < (long) SAMPLE_SHARE * sample * k ? 0 : scan.least(sample);
  }

  /** The most active latents of a row of the last batch, at least 1. */
  public int places() {
    return places;
  }

  /**
   * Writes the last batch's codes as {@link SparseCodes} describes them.
   *
   * @param width places a row, at least {@link #places}
   * @param indices int32 {@code [rows, width]}
   * @param values float32 {@code [rows, width]}
   */
  public void write(int rows, int latents, int width, MemorySegment indices, MemorySegment values) {
    floor = enough ? ROOM * least : 0;
    workers.split(
        rows,
        (from, to) -> {
          for (int row = from; row < to; row++) {
            scan.finish(row, width, indices, values, latents);
          }
        });
  }

  @Override
  public void close() {
    screen.ifPresent(Int8Screen::close);
  }
}
