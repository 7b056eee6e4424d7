package org.sememe.analysis.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.analysis.index.FeatureQuery.Range;
import org.sememe.analysis.index.FeatureQuery.Sort;
import org.sememe.analysis.index.FeatureQuery.Status;

class SyntheticIndexTest {
  @TempDir private Path folder;

  private FeatureIndex open(String name, int latents, long seed) throws IOException {
    Path file = folder.resolve(name);
    SyntheticIndex.write(file, latents, 20, seed);
    return FeatureIndex.open(file);
  }

  private static FeatureQuery query(String search, Sort sort, Status status, long offset) {
    return new FeatureQuery(search, sort, true, status, Range.ANY, Range.ANY, offset, 50);
  }

  @Test
  void itIsReadAsAnyIndexIsAndItsPartsAgree() throws IOException {
    try (FeatureIndex index = open("it's.duckdb", 40_000, 1)) {
      DictionarySummary summary = index.summary();
      assertThat(summary.latents()).isEqualTo(40_000);
      FeatureList alive = index.list(query("", Sort.DENSITY, Status.ALIVE, 0));
      assertThat(alive.total()).isEqualTo(summary.alive()).isBetween(39_000L, 39_999L);
      assertThat(summary.densityHistogram().counts().stream().mapToLong(Long::longValue).sum())
          .isEqualTo(summary.alive());
      assertThat(index.list(query("", Sort.DENSITY, Status.DEAD, 0)).total())
          .isEqualTo(40_000 - alive.total());
      for (FeatureList.Row row : alive.features()) {
        FeatureDetail feature = index.feature(row.latent()).orElseThrow();
        assertThat(feature.density()).isEqualTo(row.density());
        assertThat(feature.examples()).hasSize(20);
        assertThat(row.example().orElseThrow().activation())
            .isEqualTo(feature.examples().getFirst().activation())
            .isEqualTo((float) row.maxActivation());
      }
      // Latents on both sides of a row group's end.
      for (int latent : new int[] {16_383, 16_384, 39_999}) {
        assertThat(index.feature(latent).orElseThrow().latent()).isEqualTo(latent);
      }
    }
  }

  @Test
  void aPageBehindTheLastStillKnowsHowManyThereAre() throws IOException {
    try (FeatureIndex index = open("index.duckdb", 300, 1)) {
      FeatureList first = index.list(query("word1", Sort.NORM, Status.ALL, 0));
      assertThat(first.total()).isPositive();
      FeatureList behind = index.list(query("word1", Sort.NORM, Status.ALL, 100_000));
      assertThat(behind.features()).isEmpty();
      assertThat(behind.total()).isEqualTo(first.total());
      FeatureList none = index.list(query("no such token", Sort.NORM, Status.ALL, 0));
      assertThat(none.total()).isZero();
    }
  }

  @Test
  void theSeedDecidesEverything() throws IOException {
    try (FeatureIndex one = open("one.duckdb", 100, 1);
        FeatureIndex same = open("same.duckdb", 100, 1);
        FeatureIndex other = open("other.duckdb", 100, 2)) {
      FeatureQuery all = query("", Sort.LATENT, Status.ALL, 0);
      assertThat(densities(one.list(all))).isEqualTo(densities(same.list(all)));
      assertThat(densities(one.list(all))).isNotEqualTo(densities(other.list(all)));
    }
  }

  private static List<Double> densities(FeatureList list) {
    return list.features().stream().map(FeatureList.Row::density).toList();
  }

  @Test
  void nothingIsWrittenOfNoLatents() {
    assertThatThrownBy(() -> SyntheticIndex.write(folder.resolve("none"), 0, 1, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(folder.resolve("none")).doesNotExist();
  }
}
