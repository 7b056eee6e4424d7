package org.sememe.analysis.steering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.sememe.analysis.index.TinyIndex.HOOK;
import static org.sememe.analysis.index.TinyIndex.LATENTS;
import static org.sememe.analysis.index.TinyIndex.TOKENIZER;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.analysis.index.FeatureDetail;
import org.sememe.analysis.index.FeatureExample;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.analysis.index.TinyIndex;
import org.sememe.models.Forward;
import org.sememe.models.HookPlan;
import org.sememe.models.TokenBatch;
import org.sememe.models.testing.TinyModel;
import org.sememe.tensors.TensorMemory;

/** A feature's effect at a token, against a run of the whole text with that one row edited. */
class AblationViewTest {
  private static final String TEXT = "hello sememe, what do you see";
  private static final int D = TinyModel.WIDTH;

  @TempDir private static Path folder;
  private static TinyIndex tiny;
  private static FeatureIndex index;
  private static Steerer steerer;
  private static AblationView view;

  @BeforeAll
  static void build() throws IOException {
    tiny = new TinyIndex(folder);
    index = tiny.open();
    steerer = new Steerer(tiny.model(), TOKENIZER, tiny.sae());
    view = new AblationView(steerer, index);
  }

  @AfterAll
  static void close() {
    steerer.close();
    index.close();
    tiny.close();
  }

  private record Run(float[] rows, float[] logits) {
    static Run of(int[] tokens, HookPlan plan) {
      try (PointerScope scope = new PointerScope();
          Forward forward =
              tiny.model()
                  .run(TokenBatch.of(tokens), plan.toBuilder().capture(HOOK).logits().build())) {
        return new Run(
            TensorMemory.floats(forward.activation(HOOK)), TensorMemory.floats(forward.logits()));
      }
    }

    double[] probabilities(int row, int tokens) {
      int vocabulary = logits.length / tokens;
      double[] exp = new double[vocabulary];
      for (int i = 0; i < vocabulary; i++) {
        exp[i] = Math.exp(logits[row * vocabulary + i]);
      }
      double sum = Arrays.stream(exp).sum();
      return Arrays.stream(exp).map(e -> e / sum).toArray();
    }
  }

  @Test
  void eachEffectIsThatOfTheWholeTextWithThisRowEdited() {
    int[] tokens = TOKENIZER.encodePlain(TEXT).ids();
    Run clean = Run.of(tokens, HookPlan.nothing());
    int measured = 0;
    for (int latent = 0; latent < LATENTS; latent++) {
      Ablation found = view.ablateText(latent, TEXT);
      int shift = found.tokens().size() - tokens.length;
      assertThat(shift).isZero(); // this tokenizer has no first token of its own
      assertThat(found.active())
          .isEqualTo(found.tokens().stream().filter(t -> t.activation() != 0).count());
      assertThat(found.measured())
          .isEqualTo(found.tokens().stream().filter(t -> t.effect().isPresent()).count())
          .isEqualTo(Math.min(24, found.active()));
      float[] d = steerer.direction(latent);
      for (int row = 0; row < tokens.length; row++) {
        Ablation.Token token = found.tokens().get(row);
        if (token.effect().isEmpty()) {
          continue; // not active, or not among the strongest
        }
        int here = row;
        double f = token.activation();
        HookPlan edit =
            HookPlan.builder()
                .edit(
                    HOOK,
                    activation -> {
                      float[] all = TensorMemory.floats(activation);
                      for (int i = 0; i < D; i++) {
                        all[here * D + i] -= (float) (f * d[i]);
                      }
                      return TensorMemory.floats(all, 1, tokens.length, D);
                    })
                .build();
        double[] before = clean.probabilities(row, tokens.length);
        double[] after = Run.of(tokens, edit).probabilities(row, tokens.length);
        Ablation.Effect effect = token.effect().orElseThrow();
        if (row + 1 < tokens.length) {
          Ablation.Next next = effect.next().orElseThrow();
          int id = tokens[row + 1];
          assertThat(next.token()).isEqualTo(TOKENIZER.token(id));
          assertThat(next.before()).isCloseTo(before[id], within(1e-6));
          assertThat(next.after()).isCloseTo(after[id], within(1e-6));
          assertThat(next.lossChange()).isCloseTo(Math.log(before[id] / after[id]), within(1e-5));
        } else {
          assertThat(effect.next()).isEmpty();
        }
        double most = 0;
        for (int i = 0; i < before.length; i++) {
          most = Math.max(most, after[i] - before[i]);
        }
        Ablation.Change raised = effect.raised().getFirst();
        assertThat(raised.after() - raised.before()).isCloseTo(most, within(1e-6));
        assertThat(effect.lowered().getFirst().after())
            .isLessThan(effect.lowered().getFirst().before());
        measured++;
      }
    }
    assertThat(measured).isGreaterThan(20);
  }

  @Test
  void theEffectsOfAllFeaturesAreThoseOfEachAlone() {
    LossEffects all = new LossEffectView(steerer).lossEffects(TEXT);
    int tokens = all.tokens().size();
    assertThat(all.measured()).isEqualTo(all.active()).isGreaterThan(50);
    assertThat(all.tokens().getLast()).isEmpty(); // nothing follows
    Map<Integer, Ablation> alone = new HashMap<>();
    int compared = 0;
    for (int token = 0; token < tokens; token++) {
      double least = Double.POSITIVE_INFINITY;
      for (LossEffects.Effect effect : all.tokens().get(token)) {
        assertThat(effect.lossChange()).isLessThanOrEqualTo(least);
        least = effect.lossChange();
        Ablation.Token one =
            alone
                .computeIfAbsent(effect.latent(), latent -> view.ablateText(latent, TEXT))
                .tokens()
                .get(token);
        assertThat(one.activation()).isNotZero();
        if (one.effect().isPresent()) {
          assertThat(effect.lossChange())
              .isCloseTo(one.effect().get().next().orElseThrow().lossChange(), within(1e-5));
          compared++;
        }
      }
    }
    assertThat(compared).isGreaterThan(100); // of a feature alone, the strongest are measured
  }

  @Test
  void anExampleHasTheActivationsThatWereIndexed() {
    int seen = 0;
    for (int latent = 0; latent < LATENTS; latent += 7) {
      FeatureDetail feature = index.feature(latent).orElseThrow();
      for (FeatureExample example : feature.examples().stream().limit(3).toList()) {
        Ablation found = view.ablateExample(latent, example.id());
        assertThat(found.tokens().stream().map(Ablation.Token::text).toList())
            .isEqualTo(example.tokens());
        assertThat(found.tokens().get(example.peak()).activation())
            .isCloseTo(example.activation(), within(1e-3));
        assertThat(found.tokens().get(example.peak()).effect()).isPresent();
        seen++;
      }
    }
    assertThat(seen).isGreaterThan(10);
  }

  @Test
  void whatIsNotThereIsOneClearLine() {
    for (Runnable wrong :
        List.<Runnable>of(
            () -> view.ablateText(LATENTS, TEXT),
            () -> view.ablateText(0, ""),
            () -> view.ablateExample(0, 9_999))) {
      assertThatThrownBy(wrong::run).isInstanceOf(IllegalArgumentException.class);
    }
  }
}
