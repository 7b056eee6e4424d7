package org.sememe.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RowSumsTest {
  private static final long SEED = 44;
  private static final int ROWS = 37;

  private final SplittableRandom random = new SplittableRandom(SEED);

  /** Sums of {@code terms} products of numbers below 1 in float, a few rows of them. */
  private static void close(String where, float actual, double expected, int terms) {
    double room = 1e-7 * ROWS * (1 + Math.sqrt(terms)) * 4;
    if (!(Math.abs(actual - expected) <= room)) { // assertThat on every value takes seconds
      assertThat((double) actual).as(where).isCloseTo(expected, within(room));
    }
  }

  @Test
  void weightedRowsOfEveryWidthOnAnyNumberOfThreads() {
    for (int d : NativeFloats.lengths()) {
      float[] weights = NativeFloats.random(random, ROWS);
      weights[random.nextInt(ROWS)] = 0;
      float[] matrix = NativeFloats.random(random, ROWS * d);
      float[] start = NativeFloats.random(random, d);
      double[] expected = ScalarGradients.addWeightedRows(-0.5f, weights, matrix, start);
      float[] one = addWeightedRows(1, weights, matrix, start);
      for (int j = 0; j < d; j++) {
        close("column %d of %d, seed %d".formatted(j, d, SEED), one[j], expected[j], 1);
      }
      for (int threads : new int[] {2, 3, 5}) {
        assertThat(addWeightedRows(threads, weights, matrix, start)).isEqualTo(one);
      }
    }
  }

  @Test
  void aWeightOfZeroNeverTouchesItsRow() {
    float[] sums =
        addWeightedRows(
            2, new float[] {0, 2}, new float[] {Float.NaN, Float.NaN, 1, 2}, new float[] {10, 20});
    assertThat(sums).containsExactly(9, 18);
  }

  private static float[] addWeightedRows(
      int threads, float[] weights, float[] matrix, float[] start) {
    try (Workers workers = new Workers(threads);
        RowSums sums = new RowSums(start.length, workers);
        Arena arena = Arena.ofShared()) {
      MemorySegment out = NativeFloats.of(arena, start);
      sums.addWeighted(
          -0.5f,
          NativeFloats.of(arena, weights),
          NativeFloats.of(arena, matrix),
          weights.length,
          out);
      return NativeFloats.array(out);
    }
  }
}
