package org.sememe.models.decoder;

import static org.bytedeco.pytorch.global.torch.view_as_complex;

import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.sememe.models.TokenBatch;
import org.sememe.tensors.TensorMemory;

/**
 * The turns of all positions as complex numbers {@code [positions, headWidth / 2]}: a pair of a
 * head's dimensions, read as one complex number, is turned by one multiplication. Grows with the
 * longest context seen. Thread-safe; owns its tensor.
 */
final class RotaryTable implements AutoCloseable {
  private final double magnitude;
  private final Optional<Further> further;
  private final float[] frequencies;
  private final int limit;
  private Tensor table;
  private int filled;

  /** The turns of runs that reach further than some positions. */
  private record Further(int positions, RotaryTable table) {}

  RotaryTable(Rotary rotary, int contextLength) {
    this.magnitude = rotary.magnitude();
    this.further =
        rotary
            .beyond()
            .map(
                beyond ->
                    new Further(
                        beyond.positions(), new RotaryTable(beyond.rotary(), contextLength)));
    this.frequencies = rotary.frequencies();
    this.limit = contextLength;
    this.table = new Tensor();
  }

  /**
   * Each place's turns in the caller's scope, {@code [sequences or 1, length, 1, headWidth / 2]}.
   *
   * @param capacity positions that the run's cache may come to hold, 0 without one: keys that are
   *     kept must be turned as all later ones will be
   */
  Tensor turns(TokenBatch batch, int capacity) {
    long pairs = frequencies.length;
    long[] positions = batch.positions();
    int most = (int) Arrays.stream(positions).max().orElse(0) + 1;
    if (further.isPresent() && Math.max(most, capacity) > further.get().positions()) {
      return further.get().table().turns(batch, capacity);
    }
    Tensor table = upTo(most);
    if (sameInEachRow(batch)) {
      return table
          .narrow(0, batch.position(0, 0), batch.length())
          .view(1, batch.length(), 1, pairs);
    }
    return table
        .index_select(0, TensorMemory.longs(positions, positions.length))
        .view(batch.sequences(), batch.length(), 1, pairs);
  }

  /** Whether every row's real tokens count on from the same position in the first column. */
  private static boolean sameInEachRow(TokenBatch batch) {
    if (!batch.real(0, 0) || batch.last(0) != batch.length() - 1) {
      return false;
    }
    for (int row = 0; row < batch.sequences(); row++) {
      for (int column = 0; column < batch.length(); column++) {
        if (batch.real(row, column)
            && batch.position(row, column) != batch.position(0, 0) + column) {
          return false;
        }
      }
    }
    return true;
  }

  /** A handle in the caller's scope to the turns of at least the first {@code positions}. */
  private synchronized Tensor upTo(int positions) {
    if (positions > filled) {
      fill((int) Math.min(limit, Math.max(positions, 2L * filled)));
    }
    return new Tensor(table);
  }

  /** Angles are products in fp32, as in the original libraries, so that far positions agree too. */
  private void fill(int positions) {
    int pairs = frequencies.length;
    float[] turns = new float[Math.multiplyExact(positions, 2 * pairs)];
    for (int position = 0, at = 0; position < positions; position++) {
      for (float frequency : frequencies) {
        float angle = position * frequency;
        float size = frequency == 0 ? 1 : (float) magnitude;
        turns[at++] = size * (float) Math.cos(angle);
        turns[at++] = size * (float) Math.sin(angle);
      }
    }
    try (PointerScope scope = new PointerScope()) {
      Tensor grown = view_as_complex(TensorMemory.floats(turns, positions, pairs, 2));
      grown.retainReference();
      table.close();
      table = grown;
      filled = positions;
    }
  }

  @Override
  public synchronized void close() {
    table.close();
    filled = 0;
    further.ifPresent(beyond -> beyond.table().close());
  }
}
