package org.sememe.app.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Percentage.withPercentage;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.sememe.training.TrainOptions;

/** What two ranks send is what docs/distributed.md says; times are positive. */
class RankBenchTest {
  private static final TrainOptions SMALL = TrainOptions.of(256, 4, 64_000).with("batch", "128");

  @Test
  void trafficFollowsTheFormula() throws IOException {
    List<Integer> told = new ArrayList<>();
    Map<String, Object> fields = new RankBench(SMALL, 32, 1).run(told::add);
    assertThat(told).containsExactly(1, 2);
    assertThat(number(fields, "rows_formula_bytes")).isEqualTo(128 * (4 * 32 + 12 * 4 + 8) / 2.0);
    assertThat(number(fields, "latents_formula_bytes"))
        .isEqualTo(4 * 128 * 4 + 4.0 * (128 * 32 + 32));
    assertThat(number(fields, "zero1_formula_bytes"))
        .isEqualTo(number(fields, "rows_formula_bytes") + 4 * 256 * (2 * 32 + 1) / 2.0);
    for (String sharding : List.of("rows", "zero1", "latents")) {
      double formula = number(fields, sharding + "_formula_bytes");
      assertThat(number(fields, sharding + "_sent_bytes")).isCloseTo(formula, withPercentage(2));
      if (fields.containsKey(sharding + "_wire_bytes")) {
        assertThat(number(fields, sharding + "_wire_bytes")).isGreaterThanOrEqualTo(formula);
      }
      assertThat(number(fields, sharding + "_speed_up")).isPositive();
      assertThat(number(fields, sharding + "_share"))
          .isCloseTo(
              number(fields, sharding + "_speed_up") / number(fields, "gemm_speed_up"),
              withPercentage(0.001));
    }
  }

  @Test
  void whatCannotBeMeasuredIsRefused() {
    assertThatThrownBy(() -> new RankBench(SMALL, 32, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("rounds");
  }

  private static double number(Map<String, Object> fields, String name) {
    return ((Number) fields.get(name)).doubleValue();
  }
}
