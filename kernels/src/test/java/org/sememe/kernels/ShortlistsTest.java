package org.sememe.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What remains of a list against a sort of it, at every length and with many equal values. */
class ShortlistsTest {
  private static final int MOST = 70;

  @Test
  void theBestRemainAndOfEqualOnesTheFirst() {
    Random random = new Random(11);
    for (int count = 1; count <= MOST; count++) {
      for (int different : new int[] {1, 3, 1000}) {
        int k = 1 + random.nextInt(count);
        float[] values = values(random, count, different);
        Shortlists lists = listed(values);
        Integer[] order = IntStream.range(0, count).boxed().toArray(Integer[]::new);
        Arrays.sort(order, (a, b) -> Float.compare(values[b], values[a])); // stable
        String which = "seed 11, " + count + " values, k " + k + ", " + different + " different";
        assertEquals(values[order[k - 1]], lists.best(1, k), which);
        assertEquals(values[order[k - 1]], lists.keepBest(1, k), which);
        assertArrayEquals(
            Arrays.stream(order, 0, k).mapToInt(i -> 7 * i).sorted().toArray(),
            Arrays.copyOf(lists.latents[1], lists.counts[1]),
            which);
        for (int i = 0; i < k; i++) {
          assertEquals(values[lists.latents[1][i] / 7], lists.value(1, i), which);
        }
      }
    }
  }

  @Test
  void whatIsAboveALimitRemainsInItsOrder() {
    Random random = new Random(12);
    for (int count = 0; count <= MOST; count++) {
      float[] values = values(random, count, 9);
      Shortlists lists = listed(values);
      lists.keepAbove(1, 4);
      assertArrayEquals(
          IntStream.range(0, count).filter(i -> values[i] > 4).map(i -> 7 * i).toArray(),
          Arrays.copyOf(lists.latents[1], lists.counts[1]),
          "seed 12, " + count + " values");
    }
  }

  private static float[] values(Random random, int count, int different) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = 1 + random.nextInt(different);
    }
    return values;
  }

  /** The second of three lists, which begins too small. */
  private static Shortlists listed(float[] values) {
    Shortlists lists = new Shortlists(3, 1);
    for (int i = 0; i < values.length; i++) {
      if (lists.counts[1] > lists.room(1)) {
        lists.grow(1);
      }
      lists.add(1, values[i], 7 * i);
    }
    return lists;
  }
}
