package org.sememe.kernels;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The k largest positive pre-activations of each row, found with the help of approximate ones: a
 * row keeps as candidates the latents whose approximate pre-activation is less than a margin below
 * the k-th best approximate one, and the candidates' exact pre-activations decide. With a margin of
 * a few standard deviations of the approximation's error nearly no latent is missed.
 *
 * <p>Approximate pre-activations come from the int32 scores of int8 rows ({@link Int8Rows}).
 * Latents pass by in chunks, in ascending order, and the result does not depend on how they are
 * cut. Rows may be scanned by several threads, a row by one at a time.
 */
public final class ScreenScan {
  /** Room for candidates, as a multiple of k and at least so many. */
  private static final int ROOM = 8;

  private static final int LEAST_ROOM = 128;

  private final int k;
  private final int capacity;

  /**
   * {@code [rows, capacity]}, each a {@link Candidate} of the approximate value above the floor.
   */
  private final long[] keys;

  private final int[] counts;
  private final float[] thresholds;
  private final float[] rowScales;
  private final float[] margins;

  /** Made once: a method reference is an object. */
  private final Int8Scores.Taker taker = this::take;

  /** A scan of up to {@code mostRows} rows. */
  public ScreenScan(int mostRows, int k) {
    this.k = k;
    this.capacity = Math.max(ROOM * k, LEAST_ROOM);
    this.keys = new long[Math.multiplyExact(mostRows, capacity)];
    this.counts = new int[mostRows];
    this.thresholds = new float[mostRows];
    this.rowScales = new float[mostRows];
    this.margins = new float[mostRows];
  }

  /**
   * Begins a row.
   *
   * @param scale the row's scale
   * @param margin how far below the k-th best an approximate value may be
   */
  public void begin(int row, float scale, float margin) {
    counts[row] = 0;
    thresholds[row] = 0;
    rowScales[row] = scale;
    margins[row] = margin;
  }

  /**
   * Takes in one row's scores of a chunk of latents.
   *
   * @param scores int32, from byte {@code at} on, {@code count} of them
   * @param scales float32 {@code [latents]}
   * @param bias float32 {@code [latents]}
   * @param first the latent of the first score
   */
  public void scan(
      int row,
      MemorySegment scores,
      long at,
      MemorySegment scales,
      MemorySegment bias,
      int first,
      int count) {
    float limit = thresholds[row] - margins[row] / 2;
    Int8Scores.above(limit, row, scores, at, scales, bias, rowScales[row], first, count, taker);
  }

  /** Takes a value in, raised by half of the margin so that it is above 0. */
  private float take(int row, float approximate, int latent) {
    float half = margins[row] / 2;
    float value = approximate + half;
    if (value > thresholds[row]) {
      keys[row * capacity + counts[row]] = Candidate.of(value, latent);
      if (++counts[row] == capacity) {
        narrow(row);
      }
    }
    return thresholds[row] - half;
  }

  /**
   * Raises the threshold to what the k-th best says and drops what is below. Where even so nearly
   * all of the room is taken, the worst are dropped too: a margin so wide makes no screen.
   */
  private void narrow(int row) {
    int base = row * capacity;
    int count = counts[row];
    Candidate.select(keys, base, base + count, k);
    float threshold = Math.max(thresholds[row], Candidate.value(keys[base + k - 1]) - margins[row]);
    int kept = k;
    for (int i = k; i < count; i++) {
      if (Candidate.value(keys[base + i]) > threshold) {
        keys[base + kept++] = keys[base + i];
      }
    }
    int most = capacity / 2;
    if (kept > most) {
      Candidate.select(keys, base, base + kept, most);
      threshold = Candidate.value(keys[base + most - 1]);
      kept = most;
    }
    counts[row] = kept;
    thresholds[row] = threshold;
  }

  /**
   * Decides a row by its candidates' exact pre-activations, and writes its active latents as {@link
   * LatentScan#finish} does.
   *
   * @param x the row, float32, {@code d} values from byte {@code atX} on
   * @param encoder {@code W_enc}, float32 {@code [latents, d]}
   * @param bias {@code b_enc}, float32 {@code [latents]}
   * @param indices int32 {@code [rows, k]}
   * @param values float32 {@code [rows, k]}
   * @param latents F, at least k
   * @return the number of candidates
   */
  public int finish(
      int row,
      MemorySegment x,
      long atX,
      MemorySegment encoder,
      MemorySegment bias,
      int d,
      MemorySegment indices,
      MemorySegment values,
      int latents) {
    if (counts[row] > k) {
      narrow(row);
    }
    int base = row * capacity;
    int candidates = counts[row];
    Arrays.sort(keys, base, base + candidates); // best last
    int found = Rescore.exact(keys, base, candidates, x, atX, encoder, bias, d);
    if (found > k) {
      Candidate.select(keys, base, base + found, k);
      found = k;
    }
    Candidate.write(keys, base, found, row, k, indices, values, latents);
    return candidates;
  }
}
