package org.sememe.app.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class JsonLineTest {
  @Test
  void keepsOrderAndIsOneLine() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("text", "a\nb");
    fields.put("ids", new int[] {2, 1});
    fields.put("nested", Map.of("x", List.of(1.5)));

    assertThat(JsonLine.of(fields))
        .isEqualTo("{\"text\":\"a\\nb\",\"ids\":[2,1],\"nested\":{\"x\":[1.5]}}");
  }

  @Test
  void numbersThatJsonDoesNotHaveBecomeNull() {
    assertThat(JsonLine.of(Map.of("a", List.of(Double.NaN, Double.POSITIVE_INFINITY, 1.0))))
        .isEqualTo("{\"a\":[null,null,1.0]}");
    assertThat(JsonLine.of(Map.of("a", OptionalDouble.empty()))).isEqualTo("{\"a\":null}");
  }
}
