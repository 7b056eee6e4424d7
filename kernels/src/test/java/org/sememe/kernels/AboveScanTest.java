package org.sememe.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Lists against a plain loop, over every tail length and cut of the latents. */
class AboveScanTest {
  private static final long SEED = 53;
  private static final int ROWS = 3;

  private final SplittableRandom random = new SplittableRandom(SEED);

  private record Listed(int latent, float value) {}

  @Test
  void listsWhatIsAboveItsLimitHoweverTheLatentsAreCut() {
    for (int latents : NativeFloats.lengths()) {
      for (int cut : new int[] {latents, Math.max(1, latents / 2), 5}) {
        compare(latents, cut);
      }
    }
  }

  private void compare(int latents, int cut) {
    float[] bias = NativeFloats.random(random, latents);
    float[] limits = NativeFloats.random(random, latents); // some below 0
    float[] scores = NativeFloats.random(random, ROWS * latents);
    for (int i = 0; i < scores.length; i += 7) {
      scores[i] = Float.NaN;
    }
    try (Arena arena = Arena.ofConfined()) {
      AboveScan scan = new AboveScan(ROWS, NativeFloats.of(arena, limits));
      MemorySegment biases = NativeFloats.of(arena, bias);
      for (int time = 0; time < 2; time++) { // nothing of the scan before is left
        scan.reset(0, ROWS);
        for (int row = 0; row < ROWS; row++) {
          for (int first = 0; first < latents; first += cut) {
            int count = Math.min(cut, latents - first);
            float[] chunk = new float[count];
            System.arraycopy(scores, row * latents + first, chunk, 0, count);
            scan.scan(row, NativeFloats.of(arena, chunk), 0, biases, first, count);
          }
        }
      }
      for (int row = 0; row < ROWS; row++) {
        assertThat(listed(arena, scan, row))
            .as("%d latents by %d, seed %d", latents, cut, SEED)
            .isEqualTo(expected(row, scores, bias, limits));
      }
    }
  }

  private static List<Listed> listed(Arena arena, AboveScan scan, int row) {
    int count = scan.count(row);
    MemorySegment indices = arena.allocate(ValueLayout.JAVA_INT, count + 1L);
    MemorySegment values = NativeFloats.room(arena, count + 1);
    scan.write(row, 1, indices, values);
    List<Listed> listed = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      listed.add(
          new Listed(
              indices.getAtIndex(ValueLayout.JAVA_INT, i),
              values.getAtIndex(ValueLayout.JAVA_FLOAT, i)));
    }
    return listed;
  }

  private static List<Listed> expected(int row, float[] scores, float[] bias, float[] limits) {
    List<Listed> listed = new ArrayList<>();
    for (int latent = 0; latent < limits.length; latent++) {
      float value = scores[row * limits.length + latent] + bias[latent];
      if (value > limits[latent]) {
        listed.add(new Listed(latent, value));
      }
    }
    return listed;
  }
}
