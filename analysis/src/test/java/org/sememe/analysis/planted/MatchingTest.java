package org.sememe.analysis.planted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.sememe.tensors.RandomStream;

class MatchingTest {
  private static final long SEED = 11;

  @Test
  void theBestOfAllMatchingsOfSmallTables() {
    System.out.println("seed " + SEED);
    RandomStream random = RandomStream.of(SEED);
    for (int trial = 0; trial < 200; trial++) {
      int rows = 1 + random.nextInt(5);
      int columns = 1 + random.nextInt(5);
      double[][] scores = new double[rows][columns];
      for (double[] row : scores) {
        for (int j = 0; j < columns; j++) {
          row[j] = random.nextInt(3) == 0 ? 0.5 : random.nextGaussian(); // ties too
        }
      }
      Matching matching = Matching.best(scores);
      assertThat(total(scores, matching.latents()))
          .isCloseTo(most(scores, 0, new HashSet<>(), Math.min(rows, columns)), within(1e-12));
      List<Integer> matched =
          matching.latents().stream().filter(latent -> latent != Matching.NONE).toList();
      assertThat(matched).doesNotHaveDuplicates().hasSize(Math.min(rows, columns));
    }
  }

  private static double total(double[][] scores, List<Integer> latents) {
    double sum = 0;
    for (int i = 0; i < scores.length; i++) {
      sum += latents.get(i) == Matching.NONE ? 0 : scores[i][latents.get(i)];
    }
    return sum;
  }

  /** Over every way to make so many pairs. */
  private static double most(double[][] scores, int row, Set<Integer> taken, int pairs) {
    if (pairs == 0) {
      return 0;
    }
    if (scores.length - row < pairs) {
      return Double.NEGATIVE_INFINITY;
    }
    double best = most(scores, row + 1, taken, pairs);
    for (int column = 0; column < scores[row].length; column++) {
      if (taken.add(column)) {
        best = Math.max(best, scores[row][column] + most(scores, row + 1, taken, pairs - 1));
        taken.remove(column);
      }
    }
    return best;
  }

  @Test
  void theBestTotalIsNotTheGreedyOne() {
    assertThat(Matching.best(new double[][] {{1.0, 0.9}, {0.9, 0.0}}).latents())
        .containsExactly(1, 0);
  }

  @Test
  void aRandomMatchingUsesEachLatentOnce() {
    Matching few = Matching.random(RandomStream.of(SEED), 7, 3);
    assertThat(few.latents()).hasSize(7);
    assertThat(few.latents().stream().filter(latent -> latent != Matching.NONE))
        .containsExactlyInAnyOrder(0, 1, 2);
    assertThat(Matching.random(RandomStream.of(SEED), 3, 7).latents())
        .hasSize(3)
        .doesNotHaveDuplicates()
        .allMatch(latent -> latent >= 0 && latent < 7);
  }
}
