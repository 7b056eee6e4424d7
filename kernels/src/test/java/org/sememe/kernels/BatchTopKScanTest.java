package org.sememe.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The best of a batch against a plain sort of all its pre-activations. */
class BatchTopKScanTest {
  private static final long SEED = 50;
  private static final int ROWS = 5;

  private final SplittableRandom random = new SplittableRandom(SEED);

  private record Place(int row, int latent, float value) {}

  @Test
  void theBestOfTheBatchWhateverTheFloorAndTheCuts() {
    for (int latents : new int[] {1, 3, 16, 33, 150}) {
      for (int n : new int[] {1, 2, 7, 40, ROWS * latents}) {
        for (int ties : new int[] {0, 3}) {
          float[][] scores = new float[ROWS][];
          for (int row = 0; row < ROWS; row++) {
            scores[row] = NativeFloats.random(random, latents);
            for (int f = 0; f < latents; f++) {
              scores[row][f] =
                  random.nextInt(9) == 0
                      ? Float.NaN
                      : ties > 0
                          ? Math.round(scores[row][f] * ties) / (float) ties
                          : scores[row][f];
            }
          }
          List<Place> expected = best(scores, n);
          float least = expected.isEmpty() ? 0 : expected.getLast().value;
          for (float floor : new float[] {0, least / 2, Math.nextDown(least)}) {
            check(scores, n, Math.max(0, floor), expected);
          }
        }
      }
    }
  }

  private static List<Place> best(float[][] scores, int n) {
    List<Place> all = new ArrayList<>();
    for (int row = 0; row < ROWS; row++) {
      for (int f = 0; f < scores[row].length; f++) {
        if (scores[row][f] > 0) {
          all.add(new Place(row, f, scores[row][f]));
        }
      }
    }
    all.sort(
        Comparator.comparingDouble((Place place) -> -place.value)
            .thenComparingInt(Place::row)
            .thenComparingInt(Place::latent));
    return all.subList(0, Math.min(n, all.size()));
  }

  private void check(float[][] scores, int n, float floor, List<Place> expected) {
    int latents = scores[0].length;
    BatchTopKScan scan = new BatchTopKScan(ROWS);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bias = NativeFloats.room(arena, latents);
      scan.floor(floor);
      scan.reset(0, ROWS);
      int cut = random.nextInt(latents + 1);
      for (int row = 0; row < ROWS; row++) {
        MemorySegment memory = NativeFloats.of(arena, scores[row]);
        scan.scan(row, memory, 0, bias, 0, cut);
        scan.scan(row, memory, NativeFloats.bytes(cut), bias, cut, latents - cut);
      }
      scan.cut(ROWS, n);
      assertThat(scan.found(ROWS)).isEqualTo(expected.size());
      MemorySegment indices = arena.allocate(ValueLayout.JAVA_INT, (long) ROWS * latents);
      MemorySegment values = NativeFloats.untouched(arena, (long) ROWS * latents);
      TreeSet<Place> found =
          new TreeSet<>(Comparator.comparingInt(Place::row).thenComparingInt(Place::latent));
      for (int row = 0; row < ROWS; row++) {
        scan.finish(row, latents, indices, values, latents);
        for (int j = 0; j < scan.active(row); j++) {
          long at = (long) row * latents + j;
          found.add(
              new Place(
                  row,
                  indices.getAtIndex(ValueLayout.JAVA_INT, at),
                  values.getAtIndex(ValueLayout.JAVA_FLOAT, at)));
        }
      }
      assertThat(found)
          .as("%d of %d x %d above %s, seed %d", n, ROWS, latents, floor, SEED)
          .containsExactlyInAnyOrderElementsOf(expected);
      if (!expected.isEmpty()) {
        assertThat(scan.least(ROWS)).isEqualTo(expected.getLast().value);
      }
    }
  }
}
