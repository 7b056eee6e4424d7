package org.sememe.analysis.steering;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;
import org.sememe.activations.SinkRule;
import org.sememe.models.TokenBatch;
import org.sememe.models.tokenizer.Tokenizer;

/**
 * Which rows of a run are steered: real tokens whose row is finite, and unless sinks are wanted too
 * no first position, no special token, and no row over ten median norms. It remembers the norms of
 * earlier runs, as a reply's tokens come one by one. One thread at a time.
 */
final class SteeredRows {
  private final Tokenizer tokenizer;
  private final boolean sinks;
  private final SinkRule rule = new SinkRule();

  SteeredRows(Tokenizer tokenizer, boolean sinks) {
    this.tokenizer = tokenizer;
    this.sinks = sinks;
  }

  /**
   * The rows to steer, ascending.
   *
   * @param activation float32 {@code [sequences * length, width]}
   */
  int[] of(TokenBatch batch, MemorySegment activation, int width) {
    int rows = batch.sequences() * batch.length();
    double[] norms = new double[rows];
    boolean[] ordinary = new boolean[rows];
    for (int row = 0; row < rows; row++) {
      int sequence = row / batch.length();
      int column = row % batch.length();
      if (!batch.real(sequence, column)) {
        norms[row] = Double.NaN;
        continue;
      }
      norms[row] = norm(activation, row, width);
      ordinary[row] =
          batch.position(sequence, column) > 0 && !tokenizer.special(batch.id(sequence, column));
      if (ordinary[row]) {
        rule.add(norms[row]);
      }
    }
    return IntStream.range(0, rows)
        .filter(row -> Double.isFinite(norms[row]))
        .filter(row -> sinks || (ordinary[row] && !rule.sink(norms[row])))
        .toArray();
  }

  private static double norm(MemorySegment activation, int row, int width) {
    double squares = 0;
    for (long i = (long) row * width; i < (row + 1L) * width; i++) {
      float value = activation.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      squares += (double) value * value;
    }
    return Math.sqrt(squares);
  }
}
