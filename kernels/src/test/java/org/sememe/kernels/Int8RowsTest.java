package org.sememe.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class Int8RowsTest {
  private static final long SEED = 48;
  private static final int ROWS = 3;

  private final SplittableRandom random = new SplittableRandom(SEED);

  @Test
  void everyValueIsTheNearestMultipleOfItsRowsScale() {
    for (int d : NativeFloats.lengths()) {
      for (int limit : new int[] {63, 127}) {
        float[] rows = NativeFloats.random(random, ROWS * d);
        try (Arena arena = Arena.ofConfined();
            Int8Rows rounded = new Int8Rows(ROWS, d, limit)) {
          rounded.round(NativeFloats.of(arena, rows), 0, ROWS);
          for (int row = 0; row < ROWS; row++) {
            check(rows, row, d, limit, rounded);
          }
        }
      }
    }
  }

  private static void check(float[] rows, int row, int d, int limit, Int8Rows rounded) {
    float largest = 0;
    double squared = 0;
    for (int i = row * d; i < (row + 1) * d; i++) {
      largest = Math.max(largest, Math.abs(rows[i]));
      squared += (double) rows[i] * rows[i];
    }
    String where = "row %d of d %d, seed %d".formatted(row, d, SEED);
    assertThat(rounded.scale(row)).as(where).isEqualTo(largest / limit);
    assertThat((double) rounded.norm(row)).as(where).isCloseTo(Math.sqrt(squared), within(1e-4));
    MemorySegment values = rounded.values();
    for (int i = row * d; i < (row + 1) * d; i++) {
      int value = values.get(ValueLayout.JAVA_BYTE, i);
      assertThat(Math.abs(value)).as(where).isLessThanOrEqualTo(limit);
      assertThat(Math.abs(value * rounded.scale(row) - rows[i]))
          .as(where)
          .isLessThanOrEqualTo(rounded.scale(row) * 0.5001f);
    }
  }

  @Test
  void aRowOfZerosIsZeros() {
    try (Arena arena = Arena.ofConfined();
        Int8Rows rounded = new Int8Rows(1, 40, 127)) {
      rounded.round(NativeFloats.room(arena, 40), 0, 1);
      assertThat(rounded.scale(0)).isZero();
      assertThat(rounded.values().asSlice(0, 40).toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
    }
  }
}
