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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Against {@link ScalarScan} over all pre-activations in float32, bit for bit. */
class BoundedScanTest {
  private static final long SEED = 62;
  private static final int[] WIDTHS = {1, 3, 4, 6, 33, 64, 577};
  private static final int VECTORS = 3;
  private static final float[] ODD = {
    Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE, 1e20f, -0f, 1e-42f
  };

  private final SplittableRandom random = new SplittableRandom(SEED);

  /** Kinds of dictionaries and vectors. */
  private enum Kind {
    RANDOM,
    /** Rows come several times: equal pre-activations, to the bit. */
    TIES,
    /** Rows that differ from one another by less than a byte can tell. */
    NEAR_TIES,
    /** Few pre-activations are positive. */
    FALLEN_BIAS,
    ZERO_VECTORS,
    ODD_VECTORS,
    ODD_ROWS,
    ODD_BIAS;

    float[] matrix(SplittableRandom random, int latents, int d) {
      float[] matrix = NativeFloats.random(random, latents * d);
      for (int i = d; i < matrix.length && (this == TIES || this == NEAR_TIES); i++) {
        float change = this == TIES ? 0 : 1e-6f * matrix[i];
        matrix[i] = i / d % 5 == 0 ? matrix[i] : matrix[i - d] + change;
      }
      return odd(random, matrix, ODD_ROWS, 3 * d);
    }

    float[] bias(SplittableRandom random, int latents) {
      float[] bias = NativeFloats.random(random, latents);
      for (int i = 0; i < latents; i++) {
        bias[i] = this == FALLEN_BIAS ? bias[i] - 2 : this == TIES ? 0.25f : bias[i];
      }
      return odd(random, bias, ODD_BIAS, 4);
    }

    float[] vector(SplittableRandom random, int d) {
      return this == ZERO_VECTORS
          ? new float[d]
          : odd(random, NativeFloats.random(random, d), ODD_VECTORS, 2 * d);
    }

    /** Makes about one value in {@code every} an odd one, if this is the kind for it. */
    private float[] odd(SplittableRandom random, float[] values, Kind kind, int every) {
      for (int i = 0; i < values.length && this == kind; i++) {
        values[i] = random.nextInt(every) == 0 ? ODD[random.nextInt(ODD.length)] : values[i];
      }
      return values;
    }
  }

  @ParameterizedTest
  @EnumSource
  void theSameAsAScanOverEverything(Kind kind) {
    for (int d : WIDTHS) {
      for (int latents : ByteBoundsTest.latents()) {
        try (Arena arena = Arena.ofConfined()) {
          Case one =
              new Case(arena, kind.matrix(random, latents, d), kind.bias(random, latents), d);
          float[][] vectors = new float[VECTORS][];
          Arrays.setAll(vectors, _ -> kind.vector(random, d));
          for (int k : new int[] {1, 2, 32, latents}) {
            if (k <= latents) {
              one.compare(kind + ", top " + k, one.topK(k), ScalarScan.topK(k, latents), vectors);
            }
          }
          float[] thresholds = NativeFloats.random(random, latents);
          thresholds[random.nextInt(latents)] = Float.NaN;
          for (float[] limits : new float[][] {thresholds, new float[latents]}) {
            one.compare(kind + ", above", one.above(limits), ScalarScan.threshold(limits), vectors);
          }
        }
      }
    }
  }

  /** A threshold that a pre-activation meets exactly: not active, as it is not above. */
  @Test
  void aThresholdThatIsMetExactly() {
    int d = 65;
    int latents = 40;
    try (Arena arena = Arena.ofConfined()) {
      float[] vector = NativeFloats.random(random, d);
      Case one = new Case(arena, NativeFloats.random(random, latents * d), new float[latents], d);
      float[] thresholds = one.preActivations(vector);
      for (int i = 0; i < latents; i += 2) {
        thresholds[i] = Math.nextDown(thresholds[i]);
      }
      ScalarScan oracle = ScalarScan.threshold(thresholds);
      assertThat(oracle.active(one.preActivations(vector))).isNotEmpty();
      one.compare("met", one.above(thresholds), oracle, new float[][] {vector});
    }
  }

  @Test
  void mostLatentsAreNeverComputed() {
    int d = 257;
    int latents = 3_000;
    int k = 16;
    try (Arena arena = Arena.ofConfined()) {
      float[] matrix = NativeFloats.random(random, latents * d);
      Case one = new Case(arena, matrix, new float[latents], d);
      BoundedScan scan = one.topK(k);
      float[] vector = NativeFloats.random(random, d);
      one.compare("many", scan, ScalarScan.topK(k, latents), new float[][] {vector});
      assertThat(scan.open()).isBetween(k, latents / 10);
      vector[5] = Float.NaN;
      assertThat(one.find(scan, vector)).isEqualTo(0);
      assertThat(scan.open()).as("without bounds all are computed").isEqualTo(latents);
    }
  }

  /** A dictionary's encoder in native memory, and room for results. */
  private record Case(
      int latents,
      int d,
      Arena arena,
      MemorySegment matrix,
      MemorySegment bias,
      ByteBounds bounds,
      MemorySegment x,
      MemorySegment indices,
      MemorySegment values) {
    Case(Arena arena, float[] matrix, float[] bias, int d) {
      MemorySegment rows = NativeFloats.of(arena, matrix);
      MemorySegment biases = NativeFloats.of(arena, bias);
      ByteBounds bounds = new ByteBounds(rows, biases, bias.length, d, arena);
      this(
          bias.length,
          d,
          arena,
          rows,
          biases,
          bounds,
          NativeFloats.room(arena, bounds.inputs()),
          NativeFloats.room(arena, bias.length),
          NativeFloats.room(arena, bias.length));
    }

    BoundedScan topK(int k) {
      return BoundedScan.topK(bounds, matrix, bias, k, arena);
    }

    BoundedScan above(float[] thresholds) {
      return BoundedScan.above(bounds, matrix, bias, NativeFloats.of(arena, thresholds), arena);
    }

    int find(BoundedScan scan, float[] vector) {
      MemorySegment.copy(vector, 0, x, ValueLayout.JAVA_FLOAT, 0, d);
      return scan.find(x, indices, values);
    }

    float[] preActivations(float[] vector) {
      MemorySegment.copy(vector, 0, x, ValueLayout.JAVA_FLOAT, 0, d);
      float[] sums = new float[latents];
      int[] rows = IntStream.range(0, latents).toArray();
      new RowProducts(matrix, d, arena).compute(rows, latents, x, sums);
      for (int f = 0; f < latents; f++) {
        sums[f] += bias.getAtIndex(ValueLayout.JAVA_FLOAT, f);
      }
      return sums;
    }

    void compare(String what, BoundedScan scan, ScalarScan oracle, float[][] vectors) {
      for (float[] vector : vectors) {
        String where = "%s of %d latents, d %d, seed %d".formatted(what, latents, d, SEED);
        float[] sums = preActivations(vector);
        List<Integer> expected = oracle.active(sums);
        int active = find(scan, vector);
        assertThat(active).as(where).isEqualTo(expected.size());
        assertThat(Arrays.copyOf(NativeFloats.intArray(indices), active))
            .as(where)
            .isEqualTo(expected.stream().mapToInt(Integer::intValue).toArray());
        assertThat(Arrays.copyOf(NativeFloats.array(values), active))
            .as(where)
            .isEqualTo(oracle.activations(sums, active));
        assertThat(scan.open()).as(where).isBetween(active, latents);
      }
    }
  }
}
