package org.sememe.analysis.planted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sememe.analysis.planted.PlantedDictionary.Split;
import org.sememe.sae.ActiveLatents;

class PlantedDictionaryTest {
  private static final long SEED = 5;
  private static final int ROWS = 40_000;

  static List<PlantedSetting> settings() {
    return List.of(
        new PlantedSetting(6, 20, new FiringRule.Independent(3, 0), 0.5, 0),
        new PlantedSetting(6, 20, new FiringRule.Independent(3, 0.7), 0, 0),
        new PlantedSetting(6, 21, new FiringRule.Groups(3, 4, 0.5), 0.5, 0),
        new PlantedSetting(6, 20, new FiringRule.Hierarchy(3, 4, 0.3, 0.7, 0.1), 0.5, 0));
  }

  @ParameterizedTest
  @MethodSource("settings")
  void featuresFireAsOftenAsTheirDensitySays(PlantedSetting setting) {
    System.out.println("seed " + SEED);
    PlantedDictionary planted = PlantedDictionary.of(setting, SEED);
    double[] fired = new double[setting.features()];
    for (int row = 0; row < ROWS; row++) {
      ActiveLatents codes = planted.codes(Split.TRAIN, row);
      for (int place = 0; place < codes.latents().length; place++) {
        fired[codes.latents()[place]]++;
        assertThat(codes.activations()[place])
            .isBetween((float) (1 - setting.spread()), (float) (1 + setting.spread()));
      }
    }
    double l0 = 0;
    for (int i = 0; i < fired.length; i++) {
      double density = setting.firing().density(i, setting.features());
      double deviation = Math.sqrt(density * (1 - density) / ROWS);
      assertThat(fired[i] / ROWS).as("feature %d", i).isCloseTo(density, within(5 * deviation));
      l0 += fired[i] / ROWS;
    }
    assertThat(l0).isCloseTo(setting.l0(), within(0.1));
  }

  @Test
  void neighboursOfAGroupAreCorrelatedAsStated() {
    FiringRule.Groups groups = new FiringRule.Groups(3, 4, 0.5);
    PlantedDictionary planted =
        PlantedDictionary.of(new PlantedSetting(6, 20, groups, 0.5, 0), SEED);
    double density = groups.density(0, 20);
    double variance = density * (1 - density);
    assertThat(covariance(planted, density, 0, 1) / variance)
        .isCloseTo(groups.correlation(20), within(0.03));
    assertThat(covariance(planted, density, 3, 4) / variance).isCloseTo(0, within(0.03));
  }

  private static double covariance(PlantedDictionary planted, double density, int one, int other) {
    double both = 0;
    for (int row = 0; row < ROWS; row++) {
      List<Integer> codes = features(planted, row);
      both += codes.contains(one) && codes.contains(other) ? 1 : 0;
    }
    return both / ROWS - density * density;
  }

  private static List<Integer> features(PlantedDictionary planted, long row) {
    return java.util.Arrays.stream(planted.codes(Split.TRAIN, row).latents()).boxed().toList();
  }

  @Test
  void aChildNeverFiresWithoutItsParentNorBesideASibling() {
    FiringRule.Hierarchy rule = new FiringRule.Hierarchy(3, 4, 0.3, 0.7, 0.1);
    PlantedDictionary planted = PlantedDictionary.of(new PlantedSetting(6, 20, rule, 0.5, 0), SEED);
    int children = 0;
    for (int row = 0; row < ROWS; row++) {
      List<Integer> codes = features(planted, row);
      List<Integer> needed =
          codes.stream().flatMapToInt(f -> rule.parent(f).stream()).boxed().toList();
      assertThat(codes).containsAll(needed);
      assertThat(needed).doesNotHaveDuplicates();
      children += needed.size();
    }
    assertThat(children).isGreaterThan(ROWS / 4);
    assertThat(rule.parent(2)).isEmpty();
    assertThat(rule.parent(3)).hasValue(0);
    assertThat(rule.parent(14)).hasValue(2);
    assertThat(rule.parent(15)).isEmpty();
  }

  @Test
  void aRowIsTheSumOfItsFeatures() {
    PlantedSetting setting = settings().getFirst();
    PlantedDictionary planted = PlantedDictionary.of(setting, SEED);
    float[] directions = planted.directions();
    int d = setting.width();
    float[] rows = rows(planted, Split.HELD_OUT, 17, 30);
    for (int i = 0; i < 30; i++) {
      ActiveLatents codes = planted.codes(Split.HELD_OUT, 17 + i);
      for (int j = 0; j < d; j++) {
        double sum = 0;
        for (int place = 0; place < codes.latents().length; place++) {
          sum += codes.activations()[place] * (double) directions[codes.latents()[place] * d + j];
        }
        assertThat((double) rows[i * d + j]).isCloseTo(sum, within(1e-5));
      }
    }
    for (int i = 0; i < setting.features(); i++) {
      double squares = 0;
      for (int j = 0; j < d; j++) {
        squares += directions[i * d + j] * (double) directions[i * d + j];
      }
      assertThat(squares).isCloseTo(1, within(1e-5));
    }
  }

  @ParameterizedTest
  @MethodSource("settings")
  void rowsFollowFromSeedSplitAndNumberAlone(PlantedSetting plain) {
    PlantedSetting setting =
        new PlantedSetting(plain.width(), plain.features(), plain.firing(), plain.spread(), 0.1);
    int d = setting.width();
    float[] all = rows(PlantedDictionary.of(setting, SEED), Split.TRAIN, 0, 50);
    float[] later = rows(PlantedDictionary.of(setting, SEED), Split.TRAIN, 20, 30);
    assertThat(later).containsExactly(java.util.Arrays.copyOfRange(all, 20 * d, 50 * d));
    assertThat(rows(PlantedDictionary.of(setting, SEED), Split.HELD_OUT, 0, 50)).isNotEqualTo(all);
    assertThat(rows(PlantedDictionary.of(setting, SEED + 1), Split.TRAIN, 0, 50)).isNotEqualTo(all);
  }

  @Test
  void noiseHasTheDeviationThatWasAskedFor() {
    FiringRule rule = new FiringRule.Independent(3, 0);
    float[] clean =
        rows(
            PlantedDictionary.of(new PlantedSetting(6, 20, rule, 0.5, 0), SEED),
            Split.TRAIN,
            0,
            5000);
    float[] noisy =
        rows(
            PlantedDictionary.of(new PlantedSetting(6, 20, rule, 0.5, 0.2), SEED),
            Split.TRAIN,
            0,
            5000);
    double squares = 0;
    for (int i = 0; i < clean.length; i++) {
      squares += Math.pow(noisy[i] - clean[i], 2);
    }
    assertThat(Math.sqrt(squares / clean.length)).isCloseTo(0.2, within(0.005));
  }

  private static float[] rows(PlantedDictionary planted, Split split, long first, int n) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory =
          arena.allocate(ValueLayout.JAVA_FLOAT, (long) n * planted.setting().width());
      planted.rows(split, first, memory);
      return memory.toArray(ValueLayout.JAVA_FLOAT);
    }
  }

  @Test
  void whatCannotBePlantedIsRefused() {
    assertThatThrownBy(() -> new PlantedSetting(6, 4, new FiringRule.Independent(5, 0), 0, 0))
        .hasMessageContaining("more than 4 features");
    assertThatThrownBy(() -> new PlantedSetting(6, 8, new FiringRule.Groups(5, 4, 0.5), 0, 0))
        .hasMessageContaining("more than 8 features");
    assertThatThrownBy(
            () -> new PlantedSetting(6, 14, new FiringRule.Hierarchy(3, 4, 0.3, 0.7, 0.1), 0, 0))
        .hasMessageContaining("at least 15 features");
    assertThatThrownBy(() -> new PlantedSetting(6, 8, new FiringRule.Independent(2, 0), 1, 0))
        .hasMessageContaining("spread");
  }
}
