package org.sememe.training;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.sememe.sae.fold.FittedInput;

/**
 * A batch of raw rows {@code [batch, d]} float32, and what it is under the input normalisation of
 * the run that is fed with it. Owns both. One thread at a time.
 */
final class ScaledRows implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final MemorySegment raw;
  private final MemorySegment scaled;
  private final int width;
  private FittedInput present = FittedInput.none();

  ScaledRows(int rows, int width) {
    this.width = width;
    this.raw = arena.allocate(ValueLayout.JAVA_FLOAT, (long) rows * width);
    this.scaled = arena.allocate(ValueLayout.JAVA_FLOAT, (long) rows * width);
  }

  /** Takes the source's next rows; false if it has come to an end. */
  boolean fill(BatchSource source) {
    present = FittedInput.none();
    return source.next(raw);
  }

  /** The rows under a normalisation, to be read before the next call. */
  MemorySegment under(FittedInput wanted) {
    if (wanted.equals(FittedInput.none())) {
      return raw;
    }
    if (!wanted.equals(present)) { // runs of one scale, which is the rule, share the copy
      MemorySegment.copy(raw, 0, scaled, 0, raw.byteSize());
      NormalisedRows.normalise(wanted, scaled, width);
      present = wanted;
    }
    return scaled;
  }

  @Override
  public void close() {
    arena.close();
  }
}
