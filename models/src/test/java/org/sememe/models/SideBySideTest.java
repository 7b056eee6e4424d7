package org.sememe.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.models.testing.TinyModel;

class SideBySideTest {
  private static final String HOOK = "blocks.1.hook_resid_post";
  private static final TokenBatch BATCH =
      TokenBatch.of(List.of(new int[] {0, 3, 9, 27, 4}, new int[] {5, 1, 2}));

  @TempDir private static Path folder;
  private static Path first;
  private static Path second;
  private static SideBySide both;

  @BeforeAll
  static void open() throws IOException {
    first = TinyModel.write(folder.resolve("first"), 1);
    second = TinyModel.write(folder.resolve("second"), 2);
    both = SideBySide.of(List.of(Models.open(first), Models.open(second)));
  }

  @AfterAll
  static void close() {
    both.close();
  }

  @Test
  void eachActivationIsThatOfTheModelAlone() throws IOException {
    HookPlan plan = HookPlan.builder().capture(HOOK + "@2", HOOK + "@1", "logits@2").build();
    try (PointerScope scope = new PointerScope();
        Forward together = both.run(BATCH, plan);
        LanguageModel one = Models.open(first);
        LanguageModel two = Models.open(second);
        Forward alone = one.run(BATCH, HookPlan.builder().capture(HOOK).build());
        Forward other = two.run(BATCH, HookPlan.builder().capture(HOOK).logits().build())) {
      assertThat(together.activation(HOOK + "@1").equal(alone.activation(HOOK))).isTrue();
      assertThat(together.activation(HOOK + "@2").equal(other.activation(HOOK))).isTrue();
      assertThat(together.activation("logits@2").equal(other.logits())).isTrue();
      Tensor difference = alone.activation(HOOK).sub(other.activation(HOOK)).abs();
      assertThat(difference.max().item_double()).isGreaterThan(0.01);
      assertThat(together.hooks()).containsExactly(HOOK + "@2", HOOK + "@1", "logits@2");
    }
  }

  @Test
  void aPatternWithoutAModelMeansThoseOfAll() {
    assertThat(both.hookPoints("blocks.*.hook_mlp_out").stream().map(HookPoint::name))
        .containsExactly(
            "blocks.0.hook_mlp_out@1",
            "blocks.1.hook_mlp_out@1",
            "blocks.2.hook_mlp_out@1",
            "blocks.0.hook_mlp_out@2",
            "blocks.1.hook_mlp_out@2",
            "blocks.2.hook_mlp_out@2");
    assertThat(both.hookPoints("blocks.*.hook_mlp_out@2")).hasSize(3);
    assertThat(both.hookPoint(HOOK + "@2").rowWidth()).isEqualTo(TinyModel.WIDTH);
    assertThat(both.info().path()).isEqualTo(Path.of(first + "+" + second));
  }

  @Test
  void whatCannotBeMeantIsRefused() {
    assertThatThrownBy(() -> both.hookPoint(HOOK))
        .hasMessageContaining("which of 2 models")
        .hasMessageContaining("@1 to @2");
    assertThatThrownBy(() -> both.hookPoint(HOOK + "@3")).hasMessageContaining("@1 to @2");
    HookPlan edit = HookPlan.builder().capture(HOOK + "@1").edit(HOOK + "@1", x -> x).build();
    assertThatThrownBy(() -> both.run(BATCH, edit)).hasMessageContaining("only read");
    HookPlan logits = HookPlan.builder().logits().build();
    assertThatThrownBy(() -> both.run(BATCH, logits)).hasMessageContaining("logits@1");
  }

  private static void refused(UnaryOperator<String> change, String wanted) throws IOException {
    Path other = TinyModel.write(folder.resolve("other"), 3);
    Path file = other.resolve("tokenizer.json");
    String before = Files.readString(file);
    String after = change.apply(before);
    assertThat(after).isNotEqualTo(before);
    Files.writeString(file, after);
    LanguageModel one = Models.open(first);
    LanguageModel two = Models.open(other);
    assertThatThrownBy(() -> SideBySide.of(List.of(one, two)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(first.toString())
        .hasMessageContaining(other.toString())
        .hasMessageContaining(wanted)
        .message()
        .doesNotContain("\n");
  }

  @Test
  void tokenizersThatDifferAreRefused() throws IOException {
    refused(
        text -> text.replace("\"a\": 1", "\"a\": 2").replace("\"b\": 2", "\"b\": 1"),
        "token 1 is 'a' and 'b'");
    refused(text -> text.replace("{\"type\": \"Lowercase\"}", "null"), "the text of tokens");
  }
}
