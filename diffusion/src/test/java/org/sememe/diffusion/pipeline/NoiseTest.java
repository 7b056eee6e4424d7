package org.sememe.diffusion.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Noise between noises, and of several pictures. */
class NoiseTest {
  private static final int SIZE = 256;
  private static final Noise A = Noise.seeded(1);
  private static final Noise B = Noise.seeded(2);

  private static double length(double[] values) {
    return Math.sqrt(Arrays.stream(values).map(x -> x * x).sum());
  }

  private static double angle(double[] a, double[] b) {
    double along = 0;
    for (int i = 0; i < a.length; i++) {
      along += a[i] * b[i];
    }
    return Math.acos(along / length(a) / length(b));
  }

  /** Two unit vectors, of which everything is known. */
  private static Noise fixed(double... values) {
    return new Noise() {
      @Override
      public double[] start(int size) {
        return values.clone();
      }

      @Override
      public double[] step(int step, int size) {
        return values.clone();
      }
    };
  }

  @Test
  void aWalkStaysOnTheSphereAtEqualAngles() {
    Noise x = fixed(1, 0);
    Noise y = fixed(0.5, Math.sqrt(0.75)); // sixty degrees away
    for (int i = 0; i <= 6; i++) {
      double[] at = Noise.between(x, y, i / 6.0).start(2);
      assertThat(at[0]).isCloseTo(Math.cos(Math.toRadians(10.0 * i)), within(1e-12));
      assertThat(at[1]).isCloseTo(Math.sin(Math.toRadians(10.0 * i)), within(1e-12));
    }
  }

  @Test
  void itsEndsAreTheTwoNoisesAndItsMiddleIsAsLarge() {
    assertThat(Noise.between(A, B, 0).start(SIZE)).containsExactly(A.start(SIZE), within(1e-12));
    assertThat(Noise.between(A, B, 1).step(3, SIZE))
        .containsExactly(B.step(3, SIZE), within(1e-12));
    double[] middle = Noise.between(A, B, 0.5).start(SIZE);
    assertThat(length(middle)).isBetween(0.97 * Math.sqrt(SIZE), 1.06 * Math.sqrt(SIZE));
    assertThat(angle(A.start(SIZE), middle)).isCloseTo(angle(middle, B.start(SIZE)), within(0.1));
    assertThat(Noise.between(A, A, 0.3).start(SIZE)).containsExactly(A.start(SIZE), within(1e-9));
  }

  @Test
  void picturesHaveTheirOwnNoises() {
    Noise both = Noise.ofEach(List.of(A, B));
    double[] start = both.start(2 * SIZE);
    assertThat(Arrays.copyOf(start, SIZE)).containsExactly(A.start(SIZE));
    assertThat(Arrays.copyOfRange(start, SIZE, 2 * SIZE)).containsExactly(B.start(SIZE));
    assertThat(both.step(1, 2 * SIZE)).endsWith(B.step(1, SIZE));
    assertThatThrownBy(() -> both.start(3)).isInstanceOf(IllegalArgumentException.class);
  }
}
