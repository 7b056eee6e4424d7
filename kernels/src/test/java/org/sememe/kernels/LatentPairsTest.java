package org.sememe.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LatentPairsTest {
  private static final long SEED = 43;

  private final SplittableRandom random = new SplittableRandom(SEED);

  @Test
  void gathersByLatentAndKeepsNothingOfTheBatchBefore() {
    for (int latents : new int[] {1, 2, 17, 300}) {
      LatentPairs pairs = new LatentPairs(latents);
      for (int rows : new int[] {9, 1, 40, 0, 5}) {
        Codes codes = Codes.random(random, rows, Math.min(latents, 4), latents);
        codes.gather(pairs);
        compare(pairs, codes);
      }
    }
  }

  private static void compare(LatentPairs pairs, Codes codes) {
    List<List<ScalarPairs.Pair>> expected =
        ScalarPairs.of(codes.indices(), codes.values(), codes.k(), codes.latents());
    assertThat(pairs.latents()).isEqualTo(codes.latents());
    assertThat(pairs.count()).isEqualTo(expected.stream().mapToInt(List::size).sum());
    for (int latent = 0; latent < codes.latents(); latent++) {
      List<ScalarPairs.Pair> found = new ArrayList<>();
      for (int i = pairs.offsets()[latent]; i < pairs.offsets()[latent + 1]; i++) {
        found.add(new ScalarPairs.Pair(pairs.row(i), pairs.value(i)));
      }
      assertThat(found)
          .as("latent %d of %d, %d rows, seed %d", latent, codes.latents(), codes.rows(), SEED)
          .isEqualTo(expected.get(latent));
      assertThat(pairs.count(latent)).isEqualTo(found.size());
    }
  }
}
