package org.sememe.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Screened rows against the plain choice among all exact pre-activations. */
class ScreenScanTest {
  private static final long SEED = 49;
  private static final int ROWS = 4;
  private static final float UNBOUNDED = 1e6f;

  private final SplittableRandom random = new SplittableRandom(SEED);

  /** Rows, weights and their int8 scores by plain loops. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Case(int d, int latents, float[] x, float[] encoder, float[] bias) {
    static Case random(SplittableRandom random, int d, int latents) {
      return new Case(
          d,
          latents,
          NativeFloats.random(random, ROWS * d),
          NativeFloats.random(random, latents * d),
          NativeFloats.random(random, latents));
    }

    float exact(int row, int latent) {
      double sum = 0;
      for (int i = 0; i < d; i++) {
        sum += (double) x[row * d + i] * encoder[latent * d + i];
      }
      return (float) (sum + bias[latent]);
    }

    Found screened(int k, float margin, int... cuts) {
      try (Arena arena = Arena.ofConfined();
          Int8Rows inputs = new Int8Rows(ROWS, d, 127);
          Int8Rows weights = new Int8Rows(latents, d, 127)) {
        MemorySegment rows = NativeFloats.of(arena, x);
        MemorySegment matrix = NativeFloats.of(arena, encoder);
        MemorySegment biases = NativeFloats.of(arena, bias);
        inputs.round(rows, 0, ROWS);
        weights.round(matrix, 0, latents);
        MemorySegment indices = arena.allocate(ValueLayout.JAVA_INT, (long) ROWS * k);
        MemorySegment values = NativeFloats.untouched(arena, (long) ROWS * k);
        ScreenScan scan = new ScreenScan(ROWS, k);
        int[] candidates = new int[ROWS];
        for (int row = 0; row < ROWS; row++) {
          scan.begin(row, inputs.scale(row), margin);
          int first = 0;
          for (int end : IntStream.concat(Arrays.stream(cuts), IntStream.of(latents)).toArray()) {
            int[] scores = new int[end - first];
            for (int f = first; f < end; f++) {
              scores[f - first] = score(inputs, row, weights, f);
            }
            MemorySegment chunk = NativeFloats.ints(arena, scores);
            scan.scan(row, chunk, 0, weights.scales(), biases, first, end - first);
            first = end;
          }
          candidates[row] =
              scan.finish(
                  row,
                  rows,
                  NativeFloats.bytes((long) row * d),
                  matrix,
                  biases,
                  d,
                  indices,
                  values,
                  latents);
        }
        return new Found(candidates, NativeFloats.intArray(indices), NativeFloats.array(values));
      }
    }

    private int score(Int8Rows inputs, int row, Int8Rows weights, int latent) {
      int sum = 0;
      for (int i = 0; i < d; i++) {
        sum +=
            inputs.values().get(ValueLayout.JAVA_BYTE, (long) row * d + i)
                * weights.values().get(ValueLayout.JAVA_BYTE, (long) latent * d + i);
      }
      return sum;
    }
  }

  @SuppressWarnings("ArrayRecordComponent")
  private record Found(int[] candidates, int[] indices, float[] values) {}

  @Test
  void withAWideMarginTheTrueBestAreFoundWithTheirExactValues() {
    for (int d : new int[] {1, 5, 16, 33, 100}) {
      for (int latents : new int[] {1, 7, 16, 31, 97, 128}) {
        for (int k : new int[] {1, 3, 16}) {
          if (k <= latents) {
            Case one = Case.random(random, d, latents);
            check(one, k, one.screened(k, UNBOUNDED, latents / 3, latents / 2));
          }
        }
      }
    }
  }

  private static void check(Case one, int k, Found found) {
    ScalarScan oracle = ScalarScan.topK(k, one.latents);
    for (int row = 0; row < ROWS; row++) {
      float[] exact = new float[one.latents];
      for (int f = 0; f < one.latents; f++) {
        exact[f] = one.exact(row, f);
      }
      String where =
          "row %d, %d latents, d %d, k %d, seed %d".formatted(row, one.latents, one.d, k, SEED);
      int[] mine = Arrays.copyOfRange(found.indices, row * k, (row + 1) * k);
      assertThat(mine).as(where).isEqualTo(oracle.latents(exact, k));
      float[] wanted = oracle.activations(exact, k);
      for (int i = 0; i < k; i++) {
        assertThat(Math.abs(found.values[row * k + i] - wanted[i])).as(where).isLessThan(1e-5f);
      }
    }
  }

  /** With four sigmas of the rounding's error, few are missed; without a margin, more are. */
  @Test
  void aMarginOfSomeSigmasFindsNearlyAll() {
    int d = 96;
    int latents = 2_000;
    int k = 16;
    Case one = Case.random(random, d, latents);
    float sigma = (float) Math.sqrt((2.0 / 127 / 127) * (d / 3.0) / 12); // both sides' scales 1/127
    double narrow = recall(one, k, one.screened(k, 0));
    double wide = recall(one, k, one.screened(k, 4 * sigma));
    assertThat(wide).isGreaterThan(0.999);
    assertThat(narrow).isBetween(0.8, wide);
    List.of(one.screened(k, 0), one.screened(k, 4 * sigma))
        .forEach(
            found ->
                assertThat(Arrays.stream(found.candidates).max().orElseThrow()).isLessThan(8 * k));
  }

  private static double recall(Case one, int k, Found found) {
    ScalarScan oracle = ScalarScan.topK(k, one.latents);
    int hits = 0;
    for (int row = 0; row < ROWS; row++) {
      float[] exact = new float[one.latents];
      for (int f = 0; f < one.latents; f++) {
        exact[f] = one.exact(row, f);
      }
      List<Integer> mine =
          IntStream.range(row * k, (row + 1) * k).mapToObj(i -> found.indices[i]).toList();
      hits += (int) oracle.active(exact).stream().filter(mine::contains).count();
    }
    return (double) hits / (ROWS * k);
  }

  @Test
  void howChunksAreCutChangesNothing() {
    Case one = Case.random(random, 40, 700);
    for (float margin : new float[] {0, 0.2f, 3}) {
      Found whole = one.screened(9, margin);
      Found cut = one.screened(9, margin, 1, 130, 131, 600);
      assertThat(cut).usingRecursiveComparison().isEqualTo(whole);
    }
  }

  @Test
  void fewerPositivesThanKLeaveZeros() {
    Case one = Case.random(random, 8, 50);
    Arrays.fill(one.bias, -100f);
    one.bias[17] = 100f;
    Found found = one.screened(5, 0.1f);
    for (int row = 0; row < ROWS; row++) {
      assertThat(found.indices[row * 5]).isEqualTo(17);
      assertThat(Arrays.copyOfRange(found.values, row * 5 + 1, row * 5 + 5)).containsOnly(0);
    }
  }
}
