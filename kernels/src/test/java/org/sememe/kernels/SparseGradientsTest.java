package org.sememe.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SparseGradientsTest {
  private static final long SEED = 44;
  private static final int ROWS = 6;
  private static final float UNWRITTEN = 77;

  private final SplittableRandom random = new SplittableRandom(SEED);

  @SuppressWarnings("ArrayRecordComponent")
  private record Gradients(float[] decoder, float[] encoder, float[] bias) {}

  @SuppressWarnings("ArrayRecordComponent")
  private record Inputs(Codes codes, int d, float[] x, float[] g, float[] weights) {
    static Inputs random(SplittableRandom random, int latents, int d) {
      return new Inputs(
          Codes.random(random, ROWS, Math.min(3, latents), latents),
          d,
          NativeFloats.random(random, ROWS * d),
          NativeFloats.random(random, ROWS * d),
          NativeFloats.random(random, latents * d));
    }

    Gradients fill(int threads) {
      float[] matrix = new float[weights.length];
      float[] biases = new float[codes.latents()];
      Arrays.fill(matrix, UNWRITTEN);
      Arrays.fill(biases, UNWRITTEN);
      try (Workers workers = new Workers(threads);
          Arena arena = Arena.ofShared()) {
        MemorySegment decoder = NativeFloats.of(arena, matrix);
        MemorySegment encoder = NativeFloats.of(arena, matrix);
        MemorySegment bias = NativeFloats.of(arena, biases);
        SparseGradients.fill(
            workers,
            codes.gathered(),
            NativeFloats.of(arena, x),
            NativeFloats.of(arena, g),
            d,
            NativeFloats.of(arena, weights),
            decoder,
            encoder,
            bias);
        return new Gradients(
            NativeFloats.array(decoder), NativeFloats.array(encoder), NativeFloats.array(bias));
      }
    }
  }

  @Test
  void everyWidthAgainstTheScalarTwin() {
    for (int d : NativeFloats.lengths()) {
      for (int latents : new int[] {1, 4, 23}) {
        compare(Inputs.random(random, latents, d));
      }
    }
  }

  private static void compare(Inputs inputs) {
    Codes codes = inputs.codes;
    int d = inputs.d;
    List<List<ScalarPairs.Pair>> pairs =
        ScalarPairs.of(codes.indices(), codes.values(), codes.k(), codes.latents());
    ScalarGradients expected = ScalarGradients.of(pairs, inputs.x, inputs.g, d, inputs.weights);
    Gradients actual = inputs.fill(2);
    for (int latent = 0; latent < codes.latents(); latent++) {
      boolean active = !pairs.get(latent).isEmpty();
      String where = "latent %d, d %d, seed %d".formatted(latent, d, SEED);
      close(where, actual.bias[latent], active ? expected.bias()[latent] : UNWRITTEN, d);
      for (int i = latent * d; i < (latent + 1) * d; i++) {
        close(where, actual.decoder[i], active ? expected.decoder()[i] : UNWRITTEN, 1);
        close(where, actual.encoder[i], active ? expected.encoder()[i] : UNWRITTEN, d);
      }
    }
  }

  /** Sums of {@code terms} products of numbers below 1 in float, a few rows of them. */
  private static void close(String where, float actual, double expected, int terms) {
    double room = 1e-7 * ROWS * (1 + Math.sqrt(terms)) * 4;
    if (!(Math.abs(actual - expected) <= room)) { // assertThat on every value takes seconds
      assertThat((double) actual).as(where).isCloseTo(expected, within(room));
    }
  }

  @Test
  void theNumberOfThreadsChangesNoBit() {
    for (int latents : new int[] {1, 5, 61}) {
      Inputs inputs = Inputs.random(random, latents, 2 * Lanes.WIDTH + 3);
      Gradients one = inputs.fill(1);
      for (int threads = 2; threads <= 7; threads++) {
        Gradients many = inputs.fill(threads);
        assertThat(many.decoder).isEqualTo(one.decoder);
        assertThat(many.encoder).isEqualTo(one.encoder);
        assertThat(many.bias).isEqualTo(one.bias);
      }
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
        Arena arena = Arena.ofShared()) {
      MemorySegment out = NativeFloats.of(arena, start);
      SparseGradients.addWeightedRows(
          workers,
          -0.5f,
          NativeFloats.of(arena, weights),
          NativeFloats.of(arena, matrix),
          weights.length,
          start.length,
          out);
      return NativeFloats.array(out);
    }
  }
}
