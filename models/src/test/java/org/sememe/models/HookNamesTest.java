package org.sememe.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.models.testing.TinyModel;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.LeakMeter;

/** Names with {@code *}, and the paths of modules, for hook points. */
class HookNamesTest {
  private static final TokenBatch BATCH =
      TokenBatch.of(new int[] {3, 1, 4, 1, 5}, new int[] {9, 2});

  @TempDir private static Path folder;
  private static LanguageModel model;

  @BeforeAll
  static void open() throws Exception {
    Torch.start(2);
    model = Models.open(TinyModel.write(folder, 5));
  }

  @AfterAll
  static void close() {
    model.close();
  }

  @Test
  void aStarStandsForWhatIsBetweenTwoDots() {
    List<String> outs =
        IntStream.range(0, TinyModel.LAYERS)
            .mapToObj(layer -> "blocks." + layer + ".hook_mlp_out")
            .toList();
    assertThat(names("blocks.*.hook_mlp_out")).isEqualTo(outs);
    assertThat(names("blocks.1.ln*.hook_scale"))
        .containsExactly("blocks.1.ln1.hook_scale", "blocks.1.ln2.hook_scale");
    assertThat(names("logits")).containsExactly("logits");
    assertThatThrownBy(() -> names("*.hook_mlp_out"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no hook point '*.hook_mlp_out'")
        .hasMessageContaining("hook_mlp_out");
  }

  @Test
  void aModulesPathIsWhatItReturns() {
    assertThat(names("model.layers.1")).containsExactly("blocks.1.hook_resid_post");
    assertThat(names("layers.2.self_attn")).containsExactly("blocks.2.hook_attn_out");
    assertThat(names("model.layers.0.self_attn.q_proj")).containsExactly("blocks.0.attn.hook_q");
    assertThat(names("model.layers.0.mlp.gate_proj")).containsExactly("blocks.0.mlp.hook_pre");
    assertThat(names("model.norm")).containsExactly("ln_final.hook_out");
    assertThat(names("lm_head")).containsExactly("logits");
    assertThat(names("layers.*.mlp")).isEqualTo(names("blocks.*.hook_mlp_out"));
    assertThat(model.hookPoint("model.embed_tokens").name()).isEqualTo(HookPoint.EMBED);
  }

  @Test
  void aRunTakesAModulesPathLikeTheName() {
    HookPlan both =
        HookPlan.builder().capture("layers.1.mlp", "blocks.1.hook_mlp_out").logits().build();
    HookPlan edited =
        HookPlan.builder()
            .edit("layers.1.mlp", x -> x.mul(new Scalar(2.0)))
            .capture("blocks.1.hook_mlp_out")
            .logits()
            .build();
    try (Forward clean = model.run(BATCH, both);
        Forward changed = model.run(BATCH, edited)) {
      float[] byName = TensorMemory.floats(clean.activation("blocks.1.hook_mlp_out"));
      assertThat(TensorMemory.floats(clean.activation("layers.1.mlp"))).isEqualTo(byName);
      float[] doubled = TensorMemory.floats(changed.activation("blocks.1.hook_mlp_out"));
      for (int i = 0; i < doubled.length; i++) {
        assertThat(doubled[i]).isEqualTo(2 * byName[i]);
      }
      assertThat(TensorMemory.floats(changed.logits()))
          .isNotEqualTo(TensorMemory.floats(clean.logits()));
    }
  }

  @Test
  void scoresHaveNoRowOfTheirOwn() {
    HookPoint pattern = model.hookPoint("blocks.0.attn.hook_pattern");
    assertThat(pattern.layout()).isEqualTo(HookPoint.Layout.SCORES);
    assertThatThrownBy(pattern::rowWidth)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("blocks.0.attn.hook_pattern");
    assertThat(model.hookPoint(HookPoint.EMBED).rowWidth()).isEqualTo(TinyModel.WIDTH);
  }

  @Test
  void aPatternsRowsSumToOneAndAnEditOfItIsWhatIsMixed() {
    String pattern = "blocks.2.attn.hook_pattern";
    String z = "blocks.2.attn.hook_z";
    try (Forward forward = model.run(BATCH, HookPlan.builder().capture(pattern).build());
        Forward zeroed =
            model.run(
                BATCH,
                HookPlan.builder().edit(pattern, x -> x.mul(new Scalar(0.0))).capture(z).build())) {
      int length = BATCH.length();
      float[] rows = TensorMemory.floats(forward.activation(pattern));
      for (int row = 0; row < rows.length; row += length) {
        float sum = 0;
        for (int key = 0; key < length; key++) {
          sum += rows[row + key];
        }
        assertThat(sum).isBetween(0.99999f, 1.00001f);
      }
      assertThat(TensorMemory.floats(zeroed.activation(z))).containsOnly(0f);
    }
  }

  @Test
  void capturingEverythingLeavesNothingBehind() throws Exception {
    String[] all = model.hookPoints().stream().map(HookPoint::name).toArray(String[]::new);
    HookPlan plan = HookPlan.builder().capture(all).logits().build();
    LeakMeter.assertFlat(100, 64L << 20, () -> model.run(BATCH, plan).close());
  }

  private static List<String> names(String pattern) {
    return model.hookPoints(pattern).stream().map(HookPoint::name).toList();
  }
}
