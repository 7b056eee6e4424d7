package org.sememe.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class AdamTest {
  private static final long SEED = 45;
  private static final int STEPS = 5;

  /** Values before and after the run that a step must leave alone. */
  private static final int MARGIN = 3;

  private static final ScalarAdam ORACLE = new ScalarAdam(1e-3, 0.9, 0.999, 1e-8, 0.25);

  private final SplittableRandom random = new SplittableRandom(SEED);

  private static Adam step(long t) {
    return Adam.step(
        t, ORACLE.lr(), ORACLE.beta1(), ORACLE.beta2(), ORACLE.epsilon(), ORACLE.gradientScale());
  }

  @Test
  void everyLengthAgainstTheScalarTwin() {
    for (int n : NativeFloats.lengths()) {
      int room = n + 2 * MARGIN;
      float[] start = NativeFloats.random(random, room);
      ScalarAdam.Value[] expected = new ScalarAdam.Value[room];
      Arrays.setAll(expected, i -> new ScalarAdam.Value(start[i], 0, 0));
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment weights = NativeFloats.of(arena, start);
        MemorySegment first = NativeFloats.room(arena, room);
        MemorySegment second = NativeFloats.room(arena, room);
        Moments moments = new Moments(weights, first, second);
        for (int t = 1; t <= STEPS; t++) {
          boolean coast = t == 3;
          float[] gradients = coast ? new float[room] : NativeFloats.random(random, room);
          if (coast) {
            step(t).coast(moments, NativeFloats.bytes(MARGIN), n);
          } else {
            MemorySegment g = NativeFloats.of(arena, gradients);
            long at = NativeFloats.bytes(MARGIN);
            step(t).update(moments, at, g, at, 0, n);
          }
          for (int i = MARGIN; i < MARGIN + n; i++) {
            expected[i] = ORACLE.step(t, expected[i], gradients[i]);
          }
        }
        compare(n, expected, weights, first, second);
      }
    }
  }

  private static void compare(
      int n,
      ScalarAdam.Value[] expected,
      MemorySegment weights,
      MemorySegment first,
      MemorySegment second) {
    float[] w = NativeFloats.array(weights);
    float[] m = NativeFloats.array(first);
    float[] v = NativeFloats.array(second);
    for (int i = 0; i < expected.length; i++) {
      String where = "value %d of %d, seed %d".formatted(i - MARGIN, n, SEED);
      // One rounding of a weight is 6e-8; a step is at most a few times the rate of 1e-3.
      close(where, w[i], expected[i].weight(), STEPS * 1e-7);
      close(where, m[i], expected[i].first(), 1e-7);
      close(where, v[i], expected[i].second(), 1e-9);
    }
  }

  private static void close(String where, float actual, double expected, double room) {
    if (!(Math.abs(actual - expected) <= room)) { // assertThat on every value takes seconds
      assertThat((double) actual).as(where).isCloseTo(expected, within(room));
    }
  }

  /** A value gets the same bits in a lane and in a tail, whatever the run's length. */
  @Test
  void lanesAndTailsGiveTheSameBits() {
    int n = 4 * NativeFloats.WIDEST + 3;
    float[] start = NativeFloats.random(random, n);
    float[] gradients = NativeFloats.random(random, n);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment g = NativeFloats.of(arena, gradients);
      Moments together = state(arena, start);
      Moments apart = state(arena, start);
      for (int t = 1; t <= STEPS; t++) {
        step(t).update(together, 0, g, 0, 0.3f, n);
        step(t).coast(together, 0, n);
        for (int i = 0; i < n; i++) {
          long at = NativeFloats.bytes(i);
          step(t).update(apart, at, g, at, 0.3f, 1);
          step(t).coast(apart, at, 1);
        }
      }
      assertThat(NativeFloats.array(together.weights()))
          .isEqualTo(NativeFloats.array(apart.weights()));
      assertThat(NativeFloats.array(together.first())).isEqualTo(NativeFloats.array(apart.first()));
      assertThat(NativeFloats.array(together.second()))
          .isEqualTo(NativeFloats.array(apart.second()));
    }
  }

  private static Moments state(Arena arena, float[] weights) {
    return new Moments(
        NativeFloats.of(arena, weights),
        NativeFloats.room(arena, weights.length),
        NativeFloats.room(arena, weights.length));
  }

  @Test
  void whatLiesAlongTheWeightsIsTakenFromTheGradientsFirst() {
    try (Arena arena = Arena.ofConfined()) {
      Moments projected = state(arena, new float[] {1, 2, 3});
      Moments plain = state(arena, new float[] {1, 2, 3});
      step(1).update(projected, 0, NativeFloats.of(arena, 4, 4, 4), 0, 0.5f, 3);
      step(1).update(plain, NativeFloats.of(arena, 3.5f, 3, 2.5f), 3);
      assertThat(NativeFloats.array(projected.weights()))
          .isEqualTo(NativeFloats.array(plain.weights()));
    }
  }

  @Test
  void theFirstStepIsTheRateInTheGradientsDirection() {
    try (Arena arena = Arena.ofConfined()) {
      Moments state = state(arena, new float[] {1, 1, 1});
      MemorySegment g = NativeFloats.of(arena, 5, -0.01f, 0);
      step(1).update(state, g, 3);
      assertThat(NativeFloats.array(state.weights()))
          .usingComparatorWithPrecision(1e-6f)
          .containsExactly(0.999f, 1.001f, 1);
    }
  }
}
