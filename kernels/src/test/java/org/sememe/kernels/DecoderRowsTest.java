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
      float[] gradients = NativeFloats.random(random, 3 * d);
      float[] row = Arrays.copyOfRange(rows, d, 2 * d);
      float[] gradient = Arrays.copyOfRange(gradients, d, 2 * d);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment w = NativeFloats.of(arena, rows);
        MemorySegment g = NativeFloats.of(arena, gradients);
        long at = NativeFloats.bytes(d);
        assertThat(DecoderRows.squaredNorm(w, at, d))
            .isCloseTo(ScalarRows.dot(row, row), within(ROOM * d));
        DecoderRows.project(g, w, at, d);
        compare("project", d, gradients, g, ScalarRows.project(gradient, row));
        assertThat(NativeFloats.array(w)).isEqualTo(rows);
        DecoderRows.normalise(w, at, d);
        compare("normalise", d, rows, w, ScalarRows.normalise(row));
        assertThat(DecoderRows.squaredNorm(w, at, d)).isCloseTo(1, within(ROOM));
      }
    }
  }

  private static void compare(
      String what, int d, float[] before, MemorySegment after, double[] expected) {
    float[] values = NativeFloats.array(after);
    for (int i = 0; i < 3 * d; i++) {
      boolean middle = i >= d && i < 2 * d;
      double wanted = middle ? expected[i - d] : before[i];
      if (!(Math.abs(values[i] - wanted) <= (middle ? ROOM : 0))) {
        assertThat((double) values[i])
            .as("%s, value %d of d %d, seed %d", what, i - d, d, SEED)
            .isEqualTo(wanted);
      }
    }
  }

  @Test
  void whatIsLeftOfAGradientIsAcrossTheRow() {
    int d = 4 * Lanes.WIDTH + 1;
    float[] row = NativeFloats.random(random, d);
    float[] gradient = NativeFloats.random(random, d);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment g = NativeFloats.of(arena, gradient);
      DecoderRows.project(g, NativeFloats.of(arena, row), 0, d);
      assertThat(ScalarRows.dot(NativeFloats.array(g), row)).isCloseTo(0, within(1e-4));
    }
  }

  @Test
  void aRowOfZerosStaysFinite() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment row = NativeFloats.room(arena, 5);
      MemorySegment g = NativeFloats.of(arena, 1, 2, 3, 4, 5);
      DecoderRows.project(g, row, 0, 5);
      DecoderRows.normalise(row, 0, 5);
      assertThat(NativeFloats.array(g)).containsExactly(1, 2, 3, 4, 5);
      assertThat(row.toArray(ValueLayout.JAVA_FLOAT)).containsOnly(0);
    }
  }
}
