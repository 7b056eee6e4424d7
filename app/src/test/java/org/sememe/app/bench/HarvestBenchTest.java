package org.sememe.app.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.activations.HarvestOptions;
import org.sememe.models.LanguageModel;
import org.sememe.models.ModelInfo;
import org.sememe.models.Models;
import org.sememe.models.testing.SeededText;
import org.sememe.models.testing.TinyModel;
import org.sememe.tensors.Torch;

/** The bound is counted from the model's options, and the report is what scripts read. */
class HarvestBenchTest {
  private static final SeededText TEXT = new SeededText(3, 200, 80);
  private static final String HOOK = "blocks.1.hook_resid_post";

  @TempDir private static Path folder;
  private static LanguageModel model;

  @BeforeAll
  static void open() throws IOException {
    Torch.start(2);
    model = Models.open(TinyModel.write(folder.resolve("tiny"), 4));
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static HarvestOptions options() {
    return HarvestOptions.of(HOOK).withContextLength(16).withTokens(1500);
  }

  @Test
  void theReportHasItsFieldsAndTheyAgree() throws IOException {
    AtomicInteger rounds = new AtomicInteger();
    HarvestBench bench = new HarvestBench(options(), 2, 2);
    Map<String, Object> fields = bench.run(model, TEXT, rounds::set);

    assertThat(rounds).hasValue(bench.rounds());
    assertThat(fields)
        .containsEntry("hook", HOOK)
        .containsEntry("context", 16)
        .containsEntry("threads", 2)
        .containsEntry("repetitions", 2)
        .containsKeys("model", "cpu");
    assertThat((Long) fields.get("tokens")).isBetween(1500L, 1515L);
    double bound = number(fields, "bound_tokens_per_s");
    assertThat(bound * number(fields, "mflop_per_token"))
        .isCloseTo(1e3 * number(fields, "gemm_gflops"), within(1e-6 * bound));
    assertThat(number(fields, "share_of_bound"))
        .isCloseTo(number(fields, "harvest_tokens_per_s") / bound, within(1e-12));
    assertThat(number(fields, "forward_share_of_bound"))
        .isCloseTo(number(fields, "forward_tokens_per_s") / bound, within(1e-12));
    assertThat(number(fields, "bound_with_attention_tokens_per_s")).isLessThan(bound).isPositive();
    assertThat(number(fields, "harvest_tokens_per_s")).isPositive();
  }

  private static double number(Map<String, Object> fields, String name) {
    return (Double) fields.get(name);
  }

  @Test
  void productsAreThoseAtOrBeforeTheHook() {
    ModelInfo info = model.info();
    int d = info.width();
    int heads = info.heads() * info.headWidth();
    double qkv = 2.0 * d * (heads + 2 * info.kvHeads() * info.headWidth());
    double out = 2.0 * heads * d;
    double gateUp = 4.0 * d * info.mlpWidth();
    double down = 2.0 * d * info.mlpWidth();
    double block = qkv + out + gateUp + down;

    assertThat(flop(HOOK)).isCloseTo(2 * block, within(1e-3));
    assertThat(flop("blocks.2.hook_resid_pre")).isCloseTo(2 * block, within(1e-3));
    assertThat(flop("blocks.0.attn.hook_z")).isCloseTo(qkv, within(1e-3));
    assertThat(flop("blocks.1.hook_resid_mid")).isCloseTo(block + qkv + out, within(1e-3));
    assertThat(flop("blocks.0.mlp.hook_post")).isCloseTo(block - down, within(1e-3));
    assertThat(flop("logits"))
        .isCloseTo(info.layers() * block + 2.0 * d * info.vocabulary(), within(1e-3));
    assertThatThrownBy(() -> ForwardProducts.to("hook_embed", model))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("hook_embed");
  }

  private static double flop(String hook) {
    return ForwardProducts.to(hook, model).mflop() * 1e6;
  }

  @Test
  void attentionIsCountedOverWhatAPositionSees() {
    int heads = model.info().heads() * model.info().headWidth();
    // One position sees itself; of three, they see 1, 2 and 3.
    ForwardProducts one = ForwardProducts.to("blocks.0.hook_resid_post", model);
    assertThat(one.attentionMflop(1) * 1e6).isCloseTo(4.0 * heads, within(1e-6));
    assertThat(one.attentionMflop(3) * 1e6).isCloseTo(8.0 * heads, within(1e-6));
    assertThat(ForwardProducts.to(HOOK, model).attentionMflop(3) * 1e6)
        .isCloseTo(16.0 * heads, within(1e-6));
  }

  @Test
  void aTextThatIsTooShortIsSaidSo() {
    HarvestBench bench = new HarvestBench(options().withTokens(1_000_000), 2, 1);
    assertThatThrownBy(() -> bench.run(model, TEXT, round -> {}))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("tokens in it");
  }
}
