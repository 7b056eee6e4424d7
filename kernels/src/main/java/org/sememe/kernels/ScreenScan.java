package org.sememe.kernels;

import java.lang.foreign.MemorySegment;

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

  /** Each row's approximate values, raised by half of the margin. */
  private final Shortlists lists;

  /** A row's active latents, {@code [rows, k]}, each a {@link Candidate}. */
  private final long[] keys;

  private final float[] thresholds;
  private final float[] rowScales;
  private final float[] margins;

  /** Made once: a method reference is an object. */
  private final Shortlists.Full full = this::narrow;

  /** A scan of up to {@code mostRows} rows. */
  public ScreenScan(int mostRows, int k) {
    this.k = k;
    this.capacity = Math.max(ROOM * k, LEAST_ROOM);
    this.lists = new Shortlists(mostRows, capacity);
    this.keys = new long[Math.multiplyExact(mostRows, k)];
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
    lists.counts[row] = 0;
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
    Int8Scores.above(
        thresholds[row],
        row,
        scores,
        at,
        scales,
        bias,
        rowScales[row],
        margins[row] / 2,
        first,
        count,
        lists,
        full);
  }

  /**
   * Raises the threshold to what the k-th best says and drops what is below. Where even so nearly
   * all of the room is taken, the worst are dropped too: a margin so wide makes no screen.
   *
   * @return the threshold
   */
  private float narrow(int row) {
    thresholds[row] = Math.max(thresholds[row], lists.best(row, k) - margins[row]);
    lists.keepAbove(row, thresholds[row]);
    int most = capacity / 2;
    if (lists.counts[row] > most) {
      thresholds[row] = lists.keepBest(row, most);
    }
    return thresholds[row];
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
    if (lists.counts[row] > k) {
      narrow(row);
    }
    int candidates = lists.counts[row];
    Rescore.exact(lists, row, x, atX, encoder, bias, d);
    if (lists.counts[row] > k) {
      lists.keepBest(row, k);
    }
    lists.sorted(row, keys, row * k);
    Candidate.write(keys, row * k, lists.counts[row], row, k, indices, values, latents);
    return candidates;
  }
}
