package org.sememe.app.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.sememe.training.TrainOptions;

class SweepGridTest {
  private static final TrainOptions BASE = TrainOptions.of(128, 8, 10_000).with("seed", "5");

  private static Map<String, String> lists(String... pairs) {
    Map<String, String> lists = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      lists.put(pairs[i], pairs[i + 1]);
    }
    return lists;
  }

  @Test
  void aGridIsTheProductWithEachSeed() {
    List<SweepMember> members =
        SweepGrid.of(lists("architecture", "topk,batchtopk", "k", "4, 8,16"), List.of(), 2)
            .members(BASE::with);
    assertThat(members).hasSize(12);
    assertThat(members.getFirst().name()).isEqualTo("architecture-topk_k-4_seed-5");
    assertThat(members.getLast().name()).isEqualTo("architecture-batchtopk_k-16_seed-6");
    assertThat(members.getLast().options())
        .containsEntry("architecture", "batchtopk")
        .containsEntry("k", "16")
        .containsEntry("seed", "6")
        .containsEntry("latents", "128");
    assertThat(members.stream().map(SweepMember::series).distinct())
        .containsExactly("topk", "batchtopk");
    assertThat(members.stream().map(SweepMember::recipe).distinct()).hasSize(6);
  }

  @Test
  void valuesWithCommasAndExplicitMembers() {
    List<SweepMember> members =
        SweepGrid.of(
                lists("matryoshka", "none;0.25,0.75"),
                List.of("architecture=topk,k=4", "architecture=batchtopk,k=6"),
                1)
            .members(BASE::with);
    assertThat(members.stream().map(m -> m.options().get("matryoshka")))
        .containsExactly("none", "0.25,0.75", "none", "0.25,0.75");
    assertThat(
            SweepGrid.of(Map.of(), List.of("matryoshka=0.25,0.75,k=2"), 1)
                .members(BASE::with)
                .getFirst()
                .settings())
        .containsExactlyEntriesOf(lists("matryoshka", "0.25,0.75", "k", "2"));
  }

  @Test
  void whatMakesNoSenseIsNamed() {
    assertThatThrownBy(() -> SweepGrid.of(lists("seed", "1,2"), List.of(), 1))
        .hasMessageContaining("--seeds");
    assertThatThrownBy(() -> SweepGrid.of(lists("k", "1,,2"), List.of(), 1))
        .hasMessageContaining("k: an empty value");
    assertThatThrownBy(() -> SweepGrid.of(lists("k", "2"), List.of("k=4"), 1))
        .hasMessageContaining("k is given twice");
    assertThatThrownBy(() -> SweepGrid.of(lists("k", "2,2"), List.of(), 1).members(BASE::with))
        .hasMessageContaining("a recipe twice");
    assertThatThrownBy(() -> SweepGrid.of(lists("kk", "2"), List.of(), 1).members(BASE::with))
        .hasMessageContaining("unknown option 'kk'");
    assertThatThrownBy(() -> SweepGrid.of(Map.of(), List.of("k"), 1))
        .hasMessageContaining("KEY=VALUE");
  }
}
