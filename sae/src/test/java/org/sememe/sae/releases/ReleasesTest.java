package org.sememe.sae.releases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sememe.sae.formats.LoadOptions;

/** Names of well-known dictionaries, and where they lead. */
class ReleasesTest {
  private static final Releases RELEASES = Releases.standard();

  @Test
  void everyNameLeadsSomewhereOfItsOwn() {
    assertThat(RELEASES.all()).hasSizeGreaterThan(100);
    Set<String> names = new HashSet<>();
    for (Release release : RELEASES.all()) {
      assertThat(release.name()).matches("[\\w.-]+");
      assertThat(release.model()).as(release.name()).isNotBlank();
      List<String> ids = release.ids();
      assertThat(ids).as(release.name()).isNotEmpty().hasSize(release.count());
      for (String id : ids) {
        ReleasedDictionary found = release.find(id).orElseThrow();
        assertThat(names.add(found.name())).as(found.name()).isTrue();
        assertThat(found.address())
            .as(found.name())
            .matches("hf:[\\w.-]+/[\\w.-]+/[^{}*?\\\\]*(?:/|\\.(?:pt|pth|safetensors))");
        new LoadOptions(found.known()); // knows every name
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "gpt2-small-res-jb/blocks.8.hook_resid_pre,"
        + " hf:jbloom/GPT2-Small-SAEs-Reformatted/blocks.8.hook_resid_pre/",
    "gemma-scope-2b-pt-res-canonical/layer_20/width_16k/canonical,"
        + " hf:google/gemma-scope-2b-pt-res/layer_20/width_16k/average_l0_71/",
    "gemma-scope-2-4b-it-res/layer_17_width_16k_l0_big,"
        + " hf:google/gemma-scope-2-4b-it/resid_post/layer_17_width_16k_l0_big/",
    "llama_scope_lxr_8x/l15r_8x, hf:fnlp/Llama3_1-8B-Base-LXR-8x/Llama3_1-8B-Base-L15R-8x/",
    "sae-llama-3-8b-32x/layers.10, hf:EleutherAI/sae-llama-3-8b-32x/layers.10/",
    "goodfire-llama-3.1-8b-instruct,"
        + " hf:Goodfire/Llama-3.1-8B-Instruct-SAE-l19/Llama-3.1-8B-Instruct-SAE-l19.pth",
  })
  void addresses(String name, String address) {
    assertThat(RELEASES.find(name).orElseThrow().address()).isEqualTo(address);
  }

  @Test
  void whatFilesLackIsKnown() {
    assertThat(RELEASES.find("qwen-scope-3-8b-base-w64k-l50/layer7").orElseThrow().known())
        .isEqualTo(Map.of(LoadOptions.K, "50", LoadOptions.MODEL, "Qwen/Qwen3-8B-Base"));
    assertThat(RELEASES.find("llama_scope_r1_distill/l0r_800m_slimpajama").orElseThrow().known())
        .containsOnlyKeys(LoadOptions.NORM_SCALING_FACTOR, LoadOptions.MODEL);
    assertThat(RELEASES.release("gemma-scope-2b-pt-res").orElseThrow().licence())
        .hasValue("CC-BY-4.0");
  }

  @Test
  void nearMissesAreNamed() {
    assertThat(RELEASES.find("runs/demo")).isEmpty();
    assertThat(RELEASES.suggestions("runs/demo")).isEmpty();
    assertThat(RELEASES.suggestions("gpt2-smal-res-jb/blocks.8.hook_resid_pre"))
        .startsWith("gpt2-small-res-jb");
    assertThat(RELEASES.suggestions("gemma-scope-2b")).isNotEmpty();
    assertThatThrownBy(() -> RELEASES.find("gpt2-small-res-jb"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("13 dictionaries")
        .hasMessageContaining("gpt2-small-res-jb/blocks.");
    for (String none : List.of("blocks.13.hook_resid_pre", "blocks.08.hook_resid_pre", "", "x")) {
      assertThatThrownBy(() -> RELEASES.find("gpt2-small-res-jb/" + none))
          .as(none)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no dictionary " + none)
          .hasMessageContaining("hook_resid_p");
    }
  }

  @Test
  void rangesAreListed() {
    Release release =
        new Release(
            "r",
            "m",
            "o/r",
            Optional.empty(),
            List.of(
                new Series(
                    "l{n}",
                    "x/{n}/",
                    List.of(Series.Range.parse("3"), Series.Range.parse("5-7")),
                    Map.of())));
    assertThat(release.ids()).containsExactly("l3", "l5", "l6", "l7");
    assertThat(release.patterns()).containsExactly("l{3,5-7}");
    assertThat(release.find("l4")).isEmpty();
    assertThat(release.find("l999999999999")).isEmpty();
    assertThat(release.find("l6").orElseThrow().address()).isEqualTo("hf:o/r/x/6/");
  }
}
