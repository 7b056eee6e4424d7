package org.sememe.training;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A batch of raw rows {@code [batch, d]} float32, and what it is under the input scale of the run
 * that is fed with it. Owns both. One thread at a time.
 */
final class ScaledRows implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final MemorySegment raw;
  private final MemorySegment scaled;
  private double factor;

  ScaledRows(int rows, int width) {
    this.raw = arena.allocate(ValueLayout.JAVA_FLOAT, (long) rows * width);
    this.scaled = arena.allocate(ValueLayout.JAVA_FLOAT, (long) rows * width);
  }

  /** Takes the source's next rows; false if it has come to an end. */
  boolean fill(BatchSource source) {
    factor = 1;
    return source.next(raw);
  }

  /** The rows times a factor, to be read before the next call. */
  MemorySegment times(double wanted) {
    if (wanted == 1) {
      return raw;
    }
    if (wanted != factor) { // runs of one scale, which is the rule, share the copy
      MemorySegment.copy(raw, 0, scaled, 0, raw.byteSize());
      StartingPoint.scale(scaled, wanted);
      factor = wanted;
    }
    return scaled;
  }

  @Override
  public void close() {
    arena.close();
  }
}
