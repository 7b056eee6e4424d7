package org.sememe.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DecoderRowsTest {
  private static final long SEED = 46;
  private static final double ROOM = 2e-6;

  private final SplittableRandom random = new SplittableRandom(SEED);

  /** Works on the second of three rows and looks at all three. */
  @Test
  void everyWidthAgainstTheScalarTwin() {
    for (int d : NativeFloats.lengths()) {
      float[] rows = NativeFloats.random(random, 3 * d);
      float[] row = Arrays.copyOfRange(rows, d, 2 * d);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment w = NativeFloats.of(arena, rows);
        long at = NativeFloats.bytes(d);
        assertThat(DecoderRows.squaredNorm(w, at, d))
            .isCloseTo(ScalarRows.dot(row, row), within(ROOM * d));
        DecoderRows.normalise(w, at, d);
        compare(d, rows, w, ScalarRows.normalise(row));
        assertThat(DecoderRows.squaredNorm(w, at, d)).isCloseTo(1, within(ROOM));
      }
    }
  }

  private static void compare(int d, float[] before, MemorySegment after, double[] expected) {
    float[] values = NativeFloats.array(after);
    for (int i = 0; i < 3 * d; i++) {
      boolean middle = i >= d && i < 2 * d;
      double wanted = middle ? expected[i - d] : before[i];
      if (!(Math.abs(values[i] - wanted) <= (middle ? ROOM : 0))) {
        assertThat((double) values[i])
            .as("value %d of d %d, seed %d", i - d, d, SEED)
            .isEqualTo(wanted);
      }
    }
  }

  @Test
  void aRowOfZerosStaysFinite() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment row = NativeFloats.room(arena, 5);
      DecoderRows.normalise(row, 0, 5);
      assertThat(row.toArray(ValueLayout.JAVA_FLOAT)).containsOnly(0);
    }
  }
}
