package org.sememe.training.ranks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RankGridTest {
  @Test
  void oneAxisTakesAllRanksOrWhatTheOthersLeave() {
    assertThat(RankGrid.of("rows", 3)).isEqualTo(new RankGrid(1, 3, 1, false));
    assertThat(RankGrid.of("zero1", 3)).isEqualTo(new RankGrid(1, 3, 1, true));
    assertThat(RankGrid.of("latents:2", 2)).isEqualTo(new RankGrid(1, 1, 2, false));
    assertThat(RankGrid.of("hooks, latents:2", 6)).isEqualTo(new RankGrid(3, 1, 2, false));
    assertThat(RankGrid.of("latents:2,rows:2,hooks:3", 12)).isEqualTo(new RankGrid(3, 2, 2, false));
    for (Sharding sharding : Sharding.values()) {
      assertThat(RankGrid.of(sharding, 1)).isIn(RankGrid.single(), new RankGrid(1, 1, 1, true));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'rows:2',4",
    "'rows:3,latents',4",
    "'rows,latents',4",
    "'rows:2,rows:2',4",
    "'rows:0',4",
    "'rows:9',4",
    "'rows:x',4",
    "'zero1:2,latents:2',4",
    "'zero1:2,rows:2',4",
    "'columns',4",
    "'',4",
  })
  void whatIsNoGridOfSoManyIsRefused(String text, int ranks) {
    assertThatThrownBy(() -> RankGrid.of(text, ranks)).isInstanceOf(IllegalArgumentException.class);
  }

  /** Each rank has a cell of its own, and those that share out latents are neighbours. */
  @Test
  void everyRankHasACellOfItsOwn() {
    RankGrid grid = RankGrid.of("hooks:2,rows:3,latents:2", 12);
    Set<List<Integer>> cells = new HashSet<>();
    for (int rank = 0; rank < 12; rank++) {
      assertThat(grid.group(rank)).isBetween(0, 1);
      assertThat(grid.row(rank)).isBetween(0, 2);
      assertThat(grid.latent(rank)).isEqualTo(rank % 2);
      cells.add(List.of(grid.group(rank), grid.row(rank), grid.latent(rank)));
    }
    assertThat(cells).hasSize(12);
  }
}
