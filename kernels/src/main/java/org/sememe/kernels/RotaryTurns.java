package org.sememe.kernels;

import static org.sememe.kernels.Lanes.ORDER;
import static org.sememe.kernels.Lanes.SPECIES;
import static org.sememe.kernels.Lanes.STEP;
import static org.sememe.kernels.Lanes.WIDTH;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;

/**
 * Rotary positions: each adjacent pair of a head's dimensions, read as a complex number, is
 * multiplied by its position's turn, in place and in one pass over memory. The same bits at every
 * width of vectors. Stateless; several threads may work on different rows.
 *
 * @param rowHeads heads of a row, those that are left as they are included
 * @param turned the first heads of a row, which are turned; at most {@code rowHeads}
 * @param width of a head; even
 * @param period rows after which the turns begin again
 */
public record RotaryTurns(int rowHeads, int turned, int width, int period) {
  private static final VectorShuffle<Float> OTHER = VectorShuffle.fromOp(SPECIES, i -> i ^ 1);
  private static final VectorShuffle<Float> EVEN = VectorShuffle.fromOp(SPECIES, i -> i & ~1);
  private static final VectorShuffle<Float> ODD = VectorShuffle.fromOp(SPECIES, i -> i | 1);
  private static final FloatVector SIGNS = signs();

  /** Checks the ranges. */
  public RotaryTurns {
    if (turned < 0 || rowHeads < turned || width < 2 || width % 2 != 0 || period < 1) {
      throw new IllegalArgumentException(
          "cannot turn %d of %d heads of width %d, again after %d rows"
              .formatted(turned, rowHeads, width, period));
    }
  }

  private static FloatVector signs() {
    float[] signs = new float[SPECIES.length()];
    for (int i = 0; i < signs.length; i++) {
      signs[i] = i % 2 == 0 ? -1 : 1;
    }
    return FloatVector.fromArray(SPECIES, signs, 0);
  }

  /**
   * Turns some rows.
   *
   * @param rows {@code [n, rowHeads, width]} float32
   * @param turns {@code [period, width]} float32: cosine and sine of each pair
   * @param from the first row
   * @param to the row after the last
   */
  public void apply(MemorySegment rows, MemorySegment turns, int from, int to) {
    long head = (long) width * Float.BYTES;
    for (int row = from; row < to; row++) {
      turn(
          Address.of(rows, row * rowHeads * head, (long) turned * width),
          Address.of(turns, row % period * head, width),
          head);
    }
  }

  private void turn(long at, long atTurn, long head) {
    long end = at + turned * head;
    int i = 0;
    long o = 0;
    for (; i <= width - WIDTH; i += WIDTH, o += STEP) {
      FloatVector turn = Lanes.load(atTurn + o);
      FloatVector cosines = turn.rearrange(EVEN);
      FloatVector sines = turn.rearrange(ODD).mul(SIGNS);
      for (long here = at + o; here < end; here += head) {
        FloatVector x = Lanes.load(here);
        x.fma(cosines, x.rearrange(OTHER).mul(sines)).intoMemorySegment(Address.ALL, here, ORDER);
      }
    }
    for (; i < width; i += 2, o += 2L * Float.BYTES) {
      float cosine = Lanes.get(atTurn + o);
      float sine = Lanes.get(atTurn + o + Float.BYTES);
      for (long here = at + o; here < end; here += head) {
        float a = Lanes.get(here);
        float b = Lanes.get(here + Float.BYTES);
        Lanes.set(here, Math.fma(a, cosine, -(b * sine)));
        Lanes.set(here + Float.BYTES, Math.fma(b, cosine, a * sine));
      }
    }
  }
}
