package org.sememe.app.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StudioBenchTest {
  @Test
  void everyKindOfRequestIsMeasured() throws Exception {
    List<String> parts = new ArrayList<>();
    Map<String, Object> fields = new StudioBench(500, 3, 5).run(parts::add);
    assertThat(parts).hasSize(5);
    assertThat(fields).containsEntry("latents", 500).containsEntry("requests", 5);
    for (String kind : List.of("first_page_ms", "feature_ms", "search_ms", "list_ms")) {
      Map<?, ?> times = (Map<?, ?>) fields.get(kind);
      assertThat((Double) times.get("median")).as(kind).isPositive();
      assertThat((Double) times.get("p99")).isGreaterThanOrEqualTo((Double) times.get("median"));
    }
    // The page, its style sheets, scripts and fonts, and three answers of the API.
    assertThat((Integer) fields.get("first_page_requests")).isBetween(8, 12);
  }

  @Test
  void nothingIsMeasuredOfNothing() {
    assertThatThrownBy(() -> new StudioBench(0, 1, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new StudioBench(1, 1, 0)).isInstanceOf(IllegalArgumentException.class);
  }
}
