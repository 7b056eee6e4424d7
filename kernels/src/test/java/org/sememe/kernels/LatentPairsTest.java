package org.sememe.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LatentPairsTest {
  private static final long SEED = 43;

  private final SplittableRandom random = new SplittableRandom(SEED);

  @Test
  void gathersByLatentAndKeepsNothingOfTheBatchBefore() {
    for (int latents : new int[] {1, 2, 17, 300}) {
      try (LatentPairs pairs = new LatentPairs(latents)) {
        for (int rows : new int[] {9, 1, 40, 0, 5}) {
          ScalarPairs.Block first = block(rows, Math.min(latents, 4), latents, 0, 0);
          ScalarPairs.Block second = block(3, Math.min(latents, 2), latents, 2, rows);
          for (List<ScalarPairs.Block> blocks : List.of(List.of(first), List.of(first, second))) {
            gather(pairs, blocks);
            compare(pairs, ScalarPairs.of(latents, blocks));
          }
        }
      }
    }
  }

  private ScalarPairs.Block block(int rows, int k, int latents, int inputRow, int gradientRow) {
    Codes codes = Codes.random(random, rows, k, latents);
    float[] slopes = NativeFloats.random(random, rows * k);
    for (int place = 0; place < slopes.length; place++) {
      slopes[place] = random.nextInt(3) == 0 ? 0 : slopes[place];
    }
    return new ScalarPairs.Block(codes, slopes, inputRow, gradientRow, -0.5f);
  }

  private static void gather(LatentPairs pairs, List<ScalarPairs.Block> blocks) {
    try (Arena arena = Arena.ofConfined()) {
      pairs.gather(blocks.stream().map(block -> block.codes().in(arena, block)).toList());
    }
  }

  private static void compare(LatentPairs pairs, List<List<ScalarPairs.Pair>> expected) {
    assertThat(pairs.latents()).isEqualTo(expected.size());
    assertThat(pairs.count()).isEqualTo(expected.stream().mapToInt(List::size).sum());
    int at = 0;
    for (int latent = 0; latent < expected.size(); latent++) {
      List<ScalarPairs.Pair> mine = expected.get(latent);
      assertThat(pairs.count(latent)).isEqualTo(mine.size());
      assertThat(pairs.offset(latent)).isEqualTo(at);
      double bias = 0;
      for (ScalarPairs.Pair pair : mine) {
        assertThat(integer(pairs.inputRows(), at)).isEqualTo(pair.inputRow());
        assertThat(integer(pairs.gradientRows(), at)).isEqualTo(pair.gradientRow());
        assertThat(number(pairs.decoderWeights(), at)).isEqualTo(pair.scale() * pair.value());
        assertThat(number(pairs.encoderWeights(), at)).isEqualTo(pair.slope());
        bias += pair.slope();
        at++;
      }
      assertThat((double) pairs.slopeSum(latent)).isCloseTo(bias, within(1e-5));
    }
  }

  private static int integer(MemorySegment memory, int at) {
    return memory.getAtIndex(ValueLayout.JAVA_INT, at);
  }

  private static float number(MemorySegment memory, int at) {
    return memory.getAtIndex(ValueLayout.JAVA_FLOAT, at);
  }
}
