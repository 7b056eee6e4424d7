package org.sememe.kernels;

import java.lang.foreign.MemorySegment;

/**
 * A screen for the n largest positive pre-activations of a whole batch: candidates are the latents
 * whose approximate pre-activation is less than their row's margin below the n-th best approximate
 * one of the batch; their exact pre-activations go to a {@link BatchTopKScan}, which decides. See
 * {@link ScreenScan} for the approximation and the margins. What lies below a floor is not kept;
 * the result does not depend on it as long as n are above.
 *
 * <p>Rows may be scanned by several threads, a row by one at a time.
 */
public final class BatchScreenScan {
  private static final int FIRST_ROOM = 64;

  /** A row's candidates by their approximate values, raised by half of the margin. */
  private final Shortlists lists;

  private final float[] rowScales;
  private final float[] margins;
  private final float[] floors;

  /** Made once: a method reference is an object. */
  private final Shortlists.Full full = this::grow;

  /** A screen of up to {@code mostRows} rows. */
  public BatchScreenScan(int mostRows) {
    this.lists = new Shortlists(mostRows, FIRST_ROOM);
    this.rowScales = new float[mostRows];
    this.margins = new float[mostRows];
    this.floors = new float[mostRows];
  }

  /**
   * Begins a row.
   *
   * @param scale the row's scale
   * @param margin how far below the n-th best an approximate value may be
   * @param floor exact values at or below it are of no interest, 0 or more
   */
  public void begin(int row, float scale, float margin, float floor) {
    lists.counts[row] = 0;
    rowScales[row] = scale;
    margins[row] = margin;
    floors[row] = floor;
  }

  /** Takes in one row's scores of a chunk of latents, see {@link ScreenScan#scan}. */
  public void scan(
      int row,
      MemorySegment scores,
      long at,
      MemorySegment scales,
      MemorySegment bias,
      int first,
      int count) {
    Int8Scores.above(
        floors[row],
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

  private float grow(int row) {
    lists.grow(row);
    return floors[row];
  }

  /** Leaves of the first {@code rows} rows what is near enough to the n-th best or above. */
  public void narrow(int rows, int n) {
    long found = candidates(rows);
    if (found <= n) {
      return;
    }
    long[] values = new long[Math.toIntExact(found)];
    int filled = 0;
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < lists.counts[row]; i++) {
        values[filled++] = ordered(lists.value(row, i) - margins[row] / 2);
      }
    }
    Candidate.select(values, 0, filled, n);
    float least = number(values[n - 1]);
    for (int row = 0; row < rows; row++) {
      lists.keepAbove(row, Math.max(0, least - margins[row] / 2));
    }
  }

  /** A number as one that orders as it does, also below 0. */
  private static long ordered(float number) {
    int bits = Float.floatToRawIntBits(number);
    return bits ^ (bits >> 31 & Integer.MAX_VALUE);
  }

  private static float number(long ordered) {
    int bits = (int) ordered;
    return Float.intBitsToFloat(bits ^ (bits >> 31 & Integer.MAX_VALUE));
  }

  /** All candidates of the first {@code rows} rows. */
  public long candidates(int rows) {
    long found = 0;
    for (int row = 0; row < rows; row++) {
      found += lists.counts[row];
    }
    return found;
  }

  /**
   * Gives a row's exact pre-activations above 0 to a scan that was reset.
   *
   * @param x the row, float32, {@code d} values from byte {@code atX} on
   * @param encoder {@code W_enc}, float32 {@code [latents, d]}
   * @param bias {@code b_enc}, float32 {@code [latents]}
   */
  public void rescore(
      int row,
      MemorySegment x,
      long atX,
      MemorySegment encoder,
      MemorySegment bias,
      int d,
      BatchTopKScan into) {
    Rescore.exact(lists, row, x, atX, encoder, bias, d);
    for (int i = 0; i < lists.counts[row]; i++) {
      into.put(row, lists.value(row, i), lists.latents[row][i]);
    }
  }
}
