package org.sememe.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Rows of numbers in native memory, as the kernels take them, and the lengths to try them at. */
final class NativeFloats {
  private NativeFloats() {}

  /** Lanes of the widest vector. */
  static final int WIDEST = 16;

  /** Every length up to a few lane widths, so every tail, and two odd ones far above. */
  static int[] lengths() {
    return IntStream.concat(IntStream.rangeClosed(1, 5 * WIDEST + 1), IntStream.of(577, 4608 + 3))
        .toArray();
  }

  static MemorySegment of(Arena arena, float... values) {
    return arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
  }

  static MemorySegment ints(Arena arena, int... values) {
    return arena.allocateFrom(ValueLayout.JAVA_INT, values);
  }

  static MemorySegment room(Arena arena, long count) {
    return arena.allocate(ValueLayout.JAVA_FLOAT, count);
  }

  /** Memory that shows by its NaNs what a kernel did not write. */
  static MemorySegment untouched(Arena arena, long count) {
    MemorySegment memory = room(arena, count);
    memory.fill((byte) 0xFF);
    return memory;
  }

  static float[] random(SplittableRandom random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    return values;
  }

  static float[] array(MemorySegment memory) {
    return memory.toArray(ValueLayout.JAVA_FLOAT);
  }

  static int[] intArray(MemorySegment memory) {
    return memory.toArray(ValueLayout.JAVA_INT);
  }

  static long bytes(long count) {
    return count * Float.BYTES;
  }
}
