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
        for (int t = 1; t <= STEPS; t++) {
          boolean coast = t == 3;
          float[] gradients = coast ? new float[room] : NativeFloats.random(random, room);
          if (coast) {
            step(t).coast(weights, first, second, NativeFloats.bytes(MARGIN), n);
          } else {
            MemorySegment g = NativeFloats.of(arena, gradients);
            step(t).update(weights, g, first, second, NativeFloats.bytes(MARGIN), n);
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
    int n = 4 * Lanes.WIDTH + 3;
    float[] start = NativeFloats.random(random, n);
    float[] gradients = NativeFloats.random(random, n);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment g = NativeFloats.of(arena, gradients);
      MemorySegment[] together = state(arena, start);
      MemorySegment[] apart = state(arena, start);
      for (int t = 1; t <= STEPS; t++) {
        step(t).update(together[0], g, together[1], together[2], 0, n);
        step(t).coast(together[0], together[1], together[2], 0, n);
        for (int i = 0; i < n; i++) {
          step(t).update(apart[0], g, apart[1], apart[2], NativeFloats.bytes(i), 1);
          step(t).coast(apart[0], apart[1], apart[2], NativeFloats.bytes(i), 1);
        }
      }
      for (int part = 0; part < together.length; part++) {
        assertThat(NativeFloats.array(together[part])).isEqualTo(NativeFloats.array(apart[part]));
      }
    }
  }

  private static MemorySegment[] state(Arena arena, float[] weights) {
    return new MemorySegment[] {
      NativeFloats.of(arena, weights),
      NativeFloats.room(arena, weights.length),
      NativeFloats.room(arena, weights.length)
    };
  }

  @Test
  void theFirstStepIsTheRateInTheGradientsDirection() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment[] state = state(arena, new float[] {1, 1, 1});
      MemorySegment g = NativeFloats.of(arena, 5, -0.01f, 0);
      step(1).update(state[0], g, state[1], state[2], 0, 3);
      assertThat(NativeFloats.array(state[0]))
          .usingComparatorWithPrecision(1e-6f)
          .containsExactly(0.999f, 1.001f, 1);
    }
  }
}
