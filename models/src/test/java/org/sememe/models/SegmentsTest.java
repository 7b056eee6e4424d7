package org.sememe.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Segments of a batch's tokens. */
class SegmentsTest {
  private static final List<int[]> ROWS = List.of(new int[] {5, 6, 7}, new int[] {8});

  @Test
  void lieWhereTheTokensDo() {
    List<int[]> segments = List.of(new int[] {0, 1, 1}, new int[] {1});
    assertThat(TokenBatch.of(ROWS).segments()).containsOnly(0);
    assertThat(TokenBatch.of(ROWS).withSegments(segments).segments())
        .containsExactly(0, 1, 1, 1, 0, 0);
    TokenBatch left = TokenBatch.leftPadded(ROWS).withSegments(segments);
    assertThat(left.segments()).containsExactly(0, 1, 1, 0, 0, 1);
    assertThat(left.ids()).isEqualTo(TokenBatch.leftPadded(ROWS).ids());
  }

  @Test
  void areAsManyAsTheTokens() {
    TokenBatch batch = TokenBatch.of(ROWS);
    assertThatThrownBy(() -> batch.withSegments(List.of(new int[3])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("sequence 1 has more tokens");
    assertThatThrownBy(() -> batch.withSegments(List.of(new int[4], new int[1])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("sequence 0 has more segments");
  }
}
