package org.sememe.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class HookPatternTest {
  @Test
  void aStarStandsForAnythingButADot() {
    HookPattern pattern = new HookPattern("blocks.*.hook_*_out");
    assertThat(pattern.open()).isTrue();
    assertThat(pattern.stars("blocks.12.hook_mlp_out")).contains(List.of("12", "mlp"));
    assertThat(pattern.means("blocks.1.2.hook_mlp_out")).isFalse();
    assertThat(pattern.means("blocks.12.hook_mlp_out.more")).isFalse();
    assertThat(new HookPattern("a.b").means("axb")).as("a dot is a dot").isFalse();
    assertThat(new HookPattern("a.b").stars("a.b")).contains(List.of());
  }

  @Test
  void whatStarsStandForGoesIntoAnotherName() {
    List<String> stars = new HookPattern("blocks.*.ln2.*").stars("blocks.7.ln2.x").orElseThrow();
    assertThat(new HookPattern("*/*").with(stars)).isEqualTo("7/x");
    assertThat(new HookPattern("plain").with(List.of())).isEqualTo("plain");
    assertThatThrownBy(() -> new HookPattern("blocks.*.out").with(stars))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 stars, not 2");
  }
}
