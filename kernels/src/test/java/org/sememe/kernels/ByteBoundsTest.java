package org.sememe.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bounds against {@link ScalarBytes} and against the products they bound. */
class ByteBoundsTest {
  private static final long SEED = 61;
  private static final int LANES = Lanes.SPECIES.length();
  private static final int[] WIDTHS = {1, 2, 3, 4, 5, 7, 8, 9, 31, 64, 65, 100, 576, 577};

  private final SplittableRandom random = new SplittableRandom(SEED);

  /** Numbers of latents around one and two vectors of lanes, and odd ones. */
  static int[] latents() {
    return IntStream.of(
            1, LANES - 1, LANES, LANES + 1, 2 * LANES - 1, 2 * LANES, 2 * LANES + 1, 101)
        .distinct()
        .toArray();
  }

  @Test
  void boundsHoldAndAreAsCloseAsTheRoundingAllows() {
    for (int d : WIDTHS) {
      for (int latents : latents()) {
        check(NativeFloats.random(random, latents * d), NativeFloats.random(random, d), latents);
      }
    }
  }

  /**
   * The worst vectors: along what rounding left of a row, so that Cauchy-Schwarz is an equality.
   */
  @Test
  void boundsHoldForVectorsAlongTheRoundingError() {
    for (int d : WIDTHS) {
      for (int latents : latents()) {
        float[] matrix = NativeFloats.random(random, latents * d);
        double[] left = ScalarBytes.of(Arrays.copyOf(matrix, d)).left();
        float[] along = new float[d];
        for (int i = 0; i < d; i++) {
          along[i] = (float) left[i];
        }
        check(matrix, along, latents);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {0, 1e-42f, 1e-36f, 1e-20f, 1e12f})
  void boundsHoldForNumbersOfEverySize(float size) {
    for (int d : new int[] {3, 65}) {
      int latents = LANES + 3;
      float[] matrix = scaled(NativeFloats.random(random, latents * d), size);
      check(matrix, NativeFloats.random(random, d), latents);
      float[] rows = NativeFloats.random(random, latents * d);
      check(rows, scaled(NativeFloats.random(random, d), size), latents);
    }
  }

  private static float[] scaled(float[] values, float size) {
    float[] scaled = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      scaled[i] = values[i] * size;
    }
    return scaled;
  }

  private void check(float[] matrix, float[] x, int latents) {
    int d = x.length;
    float[][] bounds = bounds(matrix, x, latents);
    for (int latent = 0; latent < latents; latent++) {
      String what = "d %d, latent %d of %d, seed %d".formatted(d, latent, latents, SEED);
      float[] row = Arrays.copyOfRange(matrix, latent * d, (latent + 1) * d);
      float low = bounds[0][latent];
      float high = bounds[1][latent];
      for (float product : products(row, x)) {
        assertThat(low).as(what).isLessThanOrEqualTo(product);
        assertThat(high).as(what).isGreaterThanOrEqualTo(product);
      }
      ScalarBytes twin = ScalarBytes.of(row);
      double norms = ScalarBytes.norm(doubles(row)) * ScalarBytes.norm(doubles(x));
      double slack = 3e-7 * (d + 4) * norms + 2e-25;
      assertThat((low + (double) high) / 2)
          .as(what)
          .isCloseTo(ScalarBytes.dot(twin.rounded(), x), within(slack));
      assertThat((high - (double) low) / 2)
          .as(what)
          .isLessThan(ScalarBytes.norm(twin.left()) * ScalarBytes.norm(doubles(x)) + slack);
    }
  }

  /** A row's product with a vector, summed in three ways. */
  private static float[] products(float[] row, float[] x) {
    float forward = 0;
    float fused = 0;
    for (int i = 0; i < x.length; i++) {
      forward += row[i] * x[i];
      int j = x.length - 1 - i;
      fused = Math.fma(row[j], x[j], fused);
    }
    try (Arena arena = Arena.ofConfined()) {
      float lanes =
          Lanes.dot(NativeFloats.of(arena, row), 0, NativeFloats.of(arena, x), 0, x.length);
      return new float[] {forward, fused, lanes};
    }
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  /** Lower and upper bounds of the products of {@code matrix [latents, d]} and {@code x [d]}. */
  private static float[][] bounds(float[] matrix, float[] x, int latents) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment rows = NativeFloats.of(arena, matrix);
      MemorySegment bias = NativeFloats.room(arena, latents);
      ByteBounds bounds = new ByteBounds(rows, bias, latents, x.length, arena);
      assertThat(bounds.inputs()).isBetween(x.length, x.length + 3);
      MemorySegment input = NativeFloats.room(arena, bounds.inputs());
      MemorySegment.copy(x, 0, input, ValueLayout.JAVA_FLOAT, 0, x.length);
      MemorySegment low = NativeFloats.untouched(arena, bounds.room());
      MemorySegment high = NativeFloats.untouched(arena, bounds.room());
      bounds.bounds(input, low, high);
      return new float[][] {NativeFloats.array(low), NativeFloats.array(high)};
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, 1e20f, Float.MAX_VALUE})
  void whatIsNotFiniteOrTooLargeExcludesNothing(float odd) {
    int d = 9;
    int latents = LANES + 2;
    float[] x = NativeFloats.random(random, d);
    float[] matrix = NativeFloats.random(random, latents * d);
    x[4] = odd;
    float[][] all = bounds(matrix, x, latents);
    for (int latent = 0; latent < latents; latent++) {
      requireOpen(all, latent);
    }
    x[4] = 1;
    matrix[3 * d + 5] = odd;
    float[][] one = bounds(matrix, x, latents);
    requireOpen(one, 3);
    assertThat(one[1][2]).isFinite();
    assertThat(one[1][4]).isFinite();
  }

  /** Not below any limit, and no limit itself. */
  private static void requireOpen(float[][] bounds, int latent) {
    assertThat(bounds[1][latent] < Float.MAX_VALUE).isFalse();
    assertThat(bounds[0][latent] > -Float.MAX_VALUE).isFalse();
  }
}
