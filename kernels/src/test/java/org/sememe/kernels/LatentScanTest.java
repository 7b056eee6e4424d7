package org.sememe.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both scans against {@link ScalarScan}, bit for bit. */
class LatentScanTest {
  private static final long SEED = 41;
  private static final int ROWS = 5;
  private static final float[] ODD = {
    Float.NaN,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    0f,
    -0f,
    Float.MIN_VALUE,
    -Float.MIN_VALUE,
    Float.MAX_VALUE,
  };

  private final SplittableRandom random = new SplittableRandom(SEED);

  /** Kinds of rows. */
  private enum Kind {
    RANDOM(score -> score),
    TIES(score -> Math.round(score * 3) / 3f),
    ALL_EQUAL(_ -> 0.5f),
    FEW_POSITIVE(score -> score - 0.97f),
    ALL_NEGATIVE(score -> -Math.abs(score)),
    RISING(score -> score),
    FALLING(score -> score),
    WITH_ODD_VALUES(score -> score),
    ALL_NAN(_ -> Float.NaN);

    private final UnaryOperator<Float> change;

    Kind(UnaryOperator<Float> change) {
      this.change = change;
    }

    float[] scores(SplittableRandom random, int latents) {
      float[] scores = NativeFloats.random(random, latents);
      if (this == RISING || this == FALLING) {
        Arrays.sort(scores);
      }
      for (int f = 0; f < latents; f++) {
        scores[f] = change.apply(scores[f]) * (this == FALLING ? -1 : 1);
        if (this == WITH_ODD_VALUES && random.nextInt(3) == 0) {
          scores[f] = ODD[random.nextInt(ODD.length)];
        }
      }
      return scores;
    }
  }

  @ParameterizedTest
  @EnumSource
  void topK(Kind kind) {
    for (int latents : NativeFloats.lengths()) {
      for (int k : new int[] {1, 2, 7, 32, latents}) {
        if (k <= latents) {
          float[][] scores = rows(kind, latents);
          float[] bias =
              kind == Kind.RANDOM ? NativeFloats.random(random, latents) : zeros(latents);
          check(
              "%s, k %d, seed %d".formatted(kind, k, SEED),
              new TopKScan(ROWS, k),
              ScalarScan.topK(k, latents),
              scores,
              bias,
              Math.min(latents, k + random.nextInt(3)));
        }
      }
    }
  }

  /** As one that was made for each shape, when it has grown and shrunk and grown. */
  @Test
  void topKOfOtherShapes() {
    TopKScan scan = new TopKScan(1, 3);
    for (int k : new int[] {5, 40, 1, 300, 7, 40}) {
      scan.reshape(ROWS, k);
      int latents = k + 200;
      check(
          "reshaped to k %d, seed %d".formatted(k, SEED),
          scan,
          ScalarScan.topK(k, latents),
          rows(Kind.TIES, latents),
          zeros(latents),
          k);
      scan.reshape(1, 2);
    }
  }

  @ParameterizedTest
  @EnumSource
  void thresholds(Kind kind) {
    for (int latents : NativeFloats.lengths()) {
      float[] thresholds = NativeFloats.random(random, latents);
      thresholds[random.nextInt(latents)] = Float.NaN;
      thresholds[random.nextInt(latents)] = Float.POSITIVE_INFINITY;
      checkThresholds("thresholds of " + kind, thresholds, rows(kind, latents));
      checkThresholds("ReLU of " + kind, zeros(latents), rows(kind, latents));
    }
  }

  private void checkThresholds(String what, float[] thresholds, float[][] scores) {
    try (Arena arena = Arena.ofConfined()) {
      ScalarScan oracle = ScalarScan.threshold(thresholds);
      int most = Arrays.stream(scores).mapToInt(row -> oracle.active(row).size()).max().orElse(0);
      check(
          what + ", seed " + SEED,
          new ThresholdScan(ROWS, NativeFloats.of(arena, thresholds)),
          oracle,
          scores,
          zeros(thresholds.length),
          Math.clamp(most + random.nextInt(3), 1, thresholds.length));
    }
  }

  /** Scans all rows under three cuts, the last of random chunks, each from a reset on. */
  private void check(
      String what, LatentScan scan, ScalarScan oracle, float[][] scores, float[] bias, int places) {
    int latents = bias.length;
    int[] cuts = IntStream.range(0, 4).map(_ -> random.nextInt(latents + 1)).sorted().toArray();
    for (int[] starts : new int[][] {{}, {latents / 2}, cuts}) {
      Found found = scan(scan, scores, bias, starts, places);
      for (int row = 0; row < ROWS; row++) {
        float[] sums = sums(scores[row], bias);
        String where =
            "%s, %d latents, cuts %s, row %d"
                .formatted(what, latents, Arrays.toString(starts), row);
        assertThat(found.active[row]).as(where).isEqualTo(oracle.active(sums).size());
        assertThat(Arrays.copyOfRange(found.indices, row * places, (row + 1) * places))
            .as(where)
            .isEqualTo(oracle.latents(sums, places));
        assertThat(Arrays.copyOfRange(found.values, row * places, (row + 1) * places))
            .as(where)
            .isEqualTo(oracle.activations(sums, places));
      }
    }
  }

  @SuppressWarnings("ArrayRecordComponent")
  private record Found(int[] active, int[] indices, float[] values) {}

  private static Found scan(
      LatentScan scan, float[][] scores, float[] bias, int[] cuts, int places) {
    int latents = bias.length;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment biases = NativeFloats.of(arena, bias);
      MemorySegment indices = arena.allocate(ValueLayout.JAVA_INT, (long) scores.length * places);
      MemorySegment values = NativeFloats.untouched(arena, (long) scores.length * places);
      scan.reset(0, scores.length);
      int first = 0;
      for (int end : IntStream.concat(Arrays.stream(cuts), IntStream.of(latents)).toArray()) {
        int count = end - first;
        MemorySegment chunk = NativeFloats.room(arena, (long) scores.length * count + 1);
        for (int row = 0; row < scores.length; row++) {
          long at = NativeFloats.bytes((long) row * count);
          MemorySegment.copy(scores[row], first, chunk, ValueLayout.JAVA_FLOAT, at, count);
          scan.scan(row, chunk, at, biases, first, count);
        }
        first = end;
      }
      int[] active = IntStream.range(0, scores.length).map(scan::active).toArray();
      for (int row = 0; row < scores.length; row++) {
        scan.finish(row, places, indices, values, latents);
      }
      return new Found(active, NativeFloats.intArray(indices), NativeFloats.array(values));
    }
  }

  @Test
  void theNumberOfThreadsChangesNothing() {
    int latents = 1_003;
    int k = 17;
    float[][] scores = rows(Kind.TIES, latents);
    Found expected = scan(new TopKScan(ROWS, k), scores, zeros(latents), new int[0], k);
    for (int threads = 1; threads <= 6; threads++) {
      try (Workers workers = new Workers(threads);
          Arena arena = Arena.ofShared()) {
        LatentScan scan = new TopKScan(ROWS, k);
        MemorySegment bias = NativeFloats.room(arena, latents);
        MemorySegment indices = arena.allocate(ValueLayout.JAVA_INT, (long) ROWS * k);
        MemorySegment values = NativeFloats.room(arena, (long) ROWS * k);
        MemorySegment[] rows = new MemorySegment[ROWS];
        Arrays.setAll(rows, row -> NativeFloats.of(arena, scores[row]));
        workers.split(
            ROWS,
            (from, to) -> {
              scan.reset(from, to);
              for (int row = from; row < to; row++) {
                scan.scan(row, rows[row], 0, bias, 0, latents);
                scan.finish(row, k, indices, values, latents);
              }
            });
        assertThat(NativeFloats.intArray(indices)).isEqualTo(expected.indices);
        assertThat(NativeFloats.array(values)).isEqualTo(expected.values);
      }
    }
  }

  @Test
  void placesThatCannotHoldARowAreRefused() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ones = NativeFloats.of(arena, 1, 1, 1);
      MemorySegment zeros = NativeFloats.room(arena, 3);
      MemorySegment room = NativeFloats.room(arena, 8);
      LatentScan scan = new ThresholdScan(1, zeros);
      scan.scan(0, ones, 0, zeros, 0, 3);
      assertThatThrownBy(() -> scan.finish(0, 2, room, room, 3))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("2 places for 3 active of 3 latents");
      assertThatThrownBy(() -> scan.finish(0, 4, room, room, 3))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("4 places for 3 active of 3 latents");
    }
  }

  private float[][] rows(Kind kind, int latents) {
    float[][] rows = new float[ROWS][];
    Arrays.setAll(rows, _ -> kind.scores(random, latents));
    return rows;
  }

  private static float[] zeros(int latents) {
    return new float[latents];
  }

  private static float[] sums(float[] scores, float[] bias) {
    float[] sums = new float[scores.length];
    for (int f = 0; f < sums.length; f++) {
      sums[f] = scores[f] + bias[f];
    }
    return sums;
  }
}
