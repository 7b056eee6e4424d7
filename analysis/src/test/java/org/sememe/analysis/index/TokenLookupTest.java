package org.sememe.analysis.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TokenLookupTest {
  private static final double MEAN = 4;

  private static FeatureDetail.TokenStatistic uses(String token, long count, long base) {
    return new FeatureDetail.TokenStatistic(token, count, 0.5, 2, base);
  }

  private static FeatureExample example(int id, List<String> tokens, float... activations) {
    return new FeatureExample(
        id, "interval", 0, 1, 0, tokens, activations, Optional.empty(), Optional.empty());
  }

  private static FeatureDetail feature(
      List<FeatureDetail.TokenStatistic> statistics, List<FeatureExample> examples) {
    return new FeatureDetail(
        3,
        List.of(),
        0.1,
        100,
        1_000,
        8,
        MEAN,
        OptionalDouble.empty(),
        false,
        new FeatureDetail.Histogram(List.of(100L)),
        List.of(new FeatureDetail.Interval(0, 8, 100)),
        examples,
        new FeatureDetail.Logits(List.of(), List.of()),
        List.of(),
        statistics,
        Optional.empty());
  }

  @Test
  void aTokensOtherOccurrencesPredictIt() {
    TokenLookup found =
        TokenLookup.of(
            feature(
                List.of(uses("sea", 5, 11), uses("bay", 1, 1), uses("rare", 1, 3)),
                List.of(example(7, List.of("sea", "sea", "bay", "rare", "none"), 6, 0, 3, 2, 0))));
    // 4 of 10 others where it fires here, 5 of 10 where it does not; nothing is left of bay.
    assertThat(found.examples().get(7))
        .containsExactly((float) (0.4 * MEAN), (float) (0.5 * MEAN), 0, 0, 0);
    assertThat(found.tokens()).isEqualTo(5);
    assertThat(found.known()).isEqualTo(3);
  }

  @Test
  void aFeatureOfOneTokenIsToldByItAndOneOfContextIsNot() {
    Random random = new Random(1);
    List<FeatureExample> ofToken = new ArrayList<>();
    List<FeatureExample> ofContext = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      List<String> tokens = new ArrayList<>(Collections.nCopies(20, "other"));
      tokens.set(random.nextInt(20), "sea");
      float[] activations = new float[20];
      activations[tokens.indexOf("sea")] = (float) MEAN;
      ofToken.add(example(i, tokens, activations));
      float[] anywhere = new float[20];
      anywhere[random.nextInt(20)] = (float) MEAN;
      ofContext.add(example(i, tokens, anywhere));
    }
    TokenLookup told = TokenLookup.of(feature(List.of(uses("sea", 1_000, 1_000)), ofToken));
    assertThat(told.correlation().orElseThrow()).isCloseTo(1, within(1e-6));
    TokenLookup chance = TokenLookup.of(feature(List.of(uses("sea", 50, 1_000)), ofContext));
    assertThat(chance.correlation().orElseThrow()).isCloseTo(0, within(3 / Math.sqrt(4_000)));
    assertThat(TokenLookup.of(feature(List.of(), ofToken)).correlation()).isEmpty();
  }
}
