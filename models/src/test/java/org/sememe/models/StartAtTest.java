package org.sememe.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.models.testing.TinyModel;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.testing.LeakMeter;

/** Runs that start at a block, on what an earlier run captured there. */
class StartAtTest {
  private static final TokenBatch BATCH =
      TokenBatch.of(new int[] {3, 1, 4, 1, 5, 9, 2, 6}, new int[] {5, 3, 5, 8, 9});

  @TempDir Path folder;

  @Test
  void theRestOfARunGivesTheWholeRunsLogits() throws Exception {
    try (LanguageModel model = Models.open(TinyModel.write(folder, 1))) {
      String[] starts =
          IntStream.range(0, TinyModel.LAYERS).mapToObj(StartAtTest::before).toArray(String[]::new);
      try (Forward whole = model.run(BATCH, HookPlan.builder().capture(starts).logits().build())) {
        for (int layer = 0; layer < TinyModel.LAYERS; layer++) {
          HookPlan rest =
              HookPlan.builder().startAt(layer, whole.activation(starts[layer])).logits().build();
          try (Forward forward = model.run(BATCH, rest)) {
            assertThat(TensorMemory.floats(forward.logits()))
                .as("from block %d", layer)
                .isEqualTo(TensorMemory.floats(whole.logits()));
          }
        }
      }
    }
  }

  @Test
  void anEditInTheRestIsTheEditInTheWhole() throws Exception {
    String hook = "blocks.1.mlp.hook_post";
    HookPlan edit = HookPlan.builder().edit(hook, x -> x.mul(new Scalar(0.3f))).logits().build();
    try (LanguageModel model = Models.open(TinyModel.write(folder, 2));
        Forward clean = model.run(BATCH, HookPlan.builder().capture(before(1)).logits().build());
        Forward whole = model.run(BATCH, edit);
        Forward rest =
            model.run(BATCH, edit.toBuilder().startAt(1, clean.activation(before(1))).build())) {
      assertThat(TensorMemory.floats(rest.logits()))
          .isEqualTo(TensorMemory.floats(whole.logits()))
          .isNotEqualTo(TensorMemory.floats(clean.logits()));
    }
  }

  @Test
  void anAlternativeIsItsTokenWithWhatStandsBefore() throws Exception {
    int[] tokens = {3, 1, 4, 1, 5, 9, 2, 6};
    int[] places = {5, 0, 7, 5, 2};
    String hook = "blocks.1.hook_resid_post";
    try (PointerScope scope = new PointerScope();
        LanguageModel model = Models.open(TinyModel.write(folder, 6));
        Forward clean =
            model.run(TokenBatch.of(tokens), HookPlan.builder().capture(before(1)).build())) {
      TokenBatch branching = TokenBatch.branching(tokens, places);
      HookPlan edit =
          HookPlan.builder()
              .edit(hook, x -> changed(x, tokens.length, places.length))
              .lastLogits()
              .build();
      long[] rows = {0, 1, 2, 3, 4, 5, 6, 7, 5, 0, 7, 5, 2};
      Tensor residual =
          clean.activation(before(1)).index_select(1, TensorMemory.longs(rows, rows.length));
      try (Forward whole = model.run(branching, edit);
          Forward rest = model.run(branching, edit.toBuilder().startAt(1, residual).build())) {
        float[] found = TensorMemory.floats(whole.logits());
        assertThat(TensorMemory.floats(rest.logits())).containsExactly(found, within(1e-5f));
        int vocabulary = found.length / places.length;
        for (int i = 0; i < places.length; i++) {
          int number = i;
          int[] before = Arrays.copyOf(tokens, places[i] + 1);
          HookPlan alone =
              HookPlan.builder()
                  .edit(hook, x -> changed(x, before.length - 1, 1, number))
                  .lastLogits()
                  .build();
          try (Forward forward = model.run(TokenBatch.of(before), alone)) {
            assertThat(Arrays.copyOfRange(found, i * vocabulary, (i + 1) * vocabulary))
                .as("alternative %d", i)
                .containsExactly(TensorMemory.floats(forward.logits()), within(1e-5f));
          }
        }
      }
    }
  }

  /** The i-th of some rows from a column on is multiplied by 2 + i. */
  private static Tensor changed(Tensor x, int from, int count) {
    return changed(x, from, count, 0);
  }

  private static Tensor changed(Tensor x, int from, int count, int first) {
    Tensor result = x.clone();
    for (int i = 0; i < count; i++) {
      result.select(1, from + i).mul_(new Scalar(2f + first + i));
    }
    return result;
  }

  @Test
  void refusesWhatItCannotDo() throws Exception {
    try (PointerScope scope = new PointerScope();
        LanguageModel model = Models.open(TinyModel.write(folder, 3))) {
      Tensor fits = TensorMemory.empty(ScalarType.Float, 2, 8, TinyModel.WIDTH);
      Tensor narrow = TensorMemory.empty(ScalarType.Float, 2, 8, TinyModel.WIDTH - 1);
      assertRefused(model, HookPlan.builder().startAt(1, narrow).logits(), "need [2, 8, 16]");
      assertRefused(model, HookPlan.builder().startAt(3, fits).logits(), "block 3 of 3");
      assertRefused(
          model,
          HookPlan.builder().startAt(1, fits).capture("blocks.0.hook_resid_post").logits(),
          "'blocks.0.hook_resid_post' is not reached");
      assertRefused(
          model,
          HookPlan.builder().startAt(1, fits).edit(HookPoint.EMBED, x -> x).logits(),
          "'hook_embed' is not reached");
      try (KeyValueCache cache = model.newCache(2, 8)) {
        HookPlan plan = HookPlan.builder().startAt(1, fits).logits().build();
        assertThatThrownBy(() -> model.run(BATCH, plan, cache))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("starts at the tokens");
        TokenBatch branching = TokenBatch.branching(new int[] {1, 2, 3}, 1);
        HookPlan logits = HookPlan.builder().logits().build();
        assertThatThrownBy(() -> model.run(branching, logits, model.newCache(1, 8)))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("without a cache");
      }
    }
  }

  @Test
  void leavesNothingBehind() throws Exception {
    try (LanguageModel model = Models.open(TinyModel.write(folder, 4));
        Forward clean = model.run(BATCH, HookPlan.builder().capture(before(1)).build())) {
      HookPlan rest = HookPlan.builder().startAt(1, clean.activation(before(1))).logits().build();
      LeakMeter.assertFlat(100, 64L << 20, () -> model.run(BATCH, rest).close());
      assertThat(clean.activation(before(1)).isfinite().all().item_bool()).isTrue();
    }
  }

  private static void assertRefused(LanguageModel model, HookPlan.Builder plan, String why) {
    assertThatThrownBy(() -> model.run(BATCH, plan.build()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
  }

  private static String before(int layer) {
    return "blocks." + layer + ".hook_resid_pre";
  }
}
