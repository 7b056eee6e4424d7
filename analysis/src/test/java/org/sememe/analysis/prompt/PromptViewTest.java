package org.sememe.analysis.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sememe.analysis.index.TinyIndex.HOOK;
import static org.sememe.analysis.index.TinyIndex.LATENTS;
import static org.sememe.analysis.index.TinyIndex.TOKENIZER;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.analysis.index.FeatureDetail;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.analysis.index.TinyIndex;
import org.sememe.models.Forward;
import org.sememe.models.HookPlan;
import org.sememe.models.LanguageModel;
import org.sememe.models.TokenBatch;
import org.sememe.models.testing.TinyModel;
import org.sememe.models.testing.TinyTokenizer;
import org.sememe.sae.ActiveLatents;
import org.sememe.sae.Sae;
import org.sememe.sae.TokenCodes;
import org.sememe.sae.TokenEncoder;
import org.sememe.tensors.TensorMemory;

/** A prompt's features, against the dictionary's codes of the model's own rows. */
class PromptViewTest {
  private static final String TEXT = "hello sememe, what do you see";

  @TempDir private static Path folder;
  private static TinyIndex tiny;
  private static FeatureIndex index;

  @BeforeAll
  static void build() throws IOException {
    tiny = new TinyIndex(folder);
    index = tiny.open();
  }

  @AfterAll
  static void close() {
    index.close();
    tiny.close();
  }

  private static List<ActiveLatents> codes(LanguageModel model, int[] tokens) {
    try (PointerScope scope = new PointerScope();
        TokenEncoder encoder = tiny.sae().tokenEncoder();
        Forward forward =
            model.run(TokenBatch.of(tokens), HookPlan.builder().capture(HOOK).build())) {
      float[] all = TensorMemory.floats(forward.activation(HOOK));
      int width = TinyModel.WIDTH;
      TokenCodes codes = encoder.codes();
      List<ActiveLatents> active = new ArrayList<>();
      for (int i = 0; i < tokens.length; i++) {
        encoder.encode(Arrays.copyOfRange(all, i * width, (i + 1) * width), codes);
        active.add(codes.active());
      }
      return active;
    }
  }

  @Test
  void everyTokenShowsItsCodes() {
    int[] tokens = TOKENIZER.encodePlain(TEXT).ids();
    List<ActiveLatents> codes = codes(tiny.model(), tokens);
    try (PromptView view = new PromptView(tiny.model(), TOKENIZER, tiny.sae(), index)) {
      PromptAnalysis analysis = view.analyse(TEXT);
      assertThat(analysis.truncated()).isFalse();
      check(analysis, tokens, codes, 0);
    }
  }

  /** All tokens, and the strengths over the whole text, where some positions are left out. */
  private static void check(
      PromptAnalysis analysis, int[] tokens, List<ActiveLatents> codes, int... excluded) {
    assertThat(analysis.tokens().stream().map(PromptAnalysis.Token::text).toList())
        .isEqualTo(Arrays.stream(tokens).mapToObj(TOKENIZER::token).toList());
    float[][] dense = new float[LATENTS][tokens.length];
    for (int i = 0; i < tokens.length; i++) {
      PromptAnalysis.Token token = analysis.tokens().get(i);
      int here = i;
      assertThat(token.excluded())
          .as("token %d", i)
          .isEqualTo(Arrays.stream(excluded).anyMatch(position -> position == here));
      if (token.excluded()) {
        assertThat(token.features()).isEmpty();
        continue;
      }
      ActiveLatents active = codes.get(i);
      assertThat(token.features()).hasSize(active.latents().length).isNotEmpty();
      for (int j = 0; j < active.latents().length; j++) {
        PromptAnalysis.Active shown = token.features().get(j);
        FeatureDetail feature = index.feature(active.latents()[j]).orElseThrow();
        assertThat(shown.latent()).isEqualTo(active.latents()[j]);
        assertThat(shown.activation()).isEqualTo(active.activations()[j]);
        assertThat(shown.topTokens()).isEqualTo(feature.topTokens());
        assertThat(shown.density()).isEqualTo(feature.density());
        assertThat(shown.maxActivation())
            .isEqualTo(Math.max(feature.maxActivation(), shown.activation()));
        dense[shown.latent()][i] = active.activations()[j];
      }
    }
    whole(analysis.features(), dense);
  }

  private static void whole(List<PromptAnalysis.Strength> strengths, float[][] dense) {
    long active = Arrays.stream(dense).filter(row -> max(row) > 0).count();
    assertThat(strengths).hasSize((int) Math.min(40, active));
    assertThat(strengths.stream().map(s -> -s.activation()).toList()).isSorted();
    double least = strengths.getLast().activation();
    for (PromptAnalysis.Strength strength : strengths) {
      float[] expected = dense[strength.latent()];
      assertThat(strength.activations()).isEqualTo(expected);
      assertThat(strength.activation()).isEqualTo(max(expected));
      assertThat(strength.activeTokens())
          .isEqualTo(
              (int) IntStream.range(0, expected.length).filter(i -> expected[i] > 0).count());
    }
    long stronger = Arrays.stream(dense).filter(row -> max(row) > least).count();
    assertThat(stronger).isLessThan(strengths.size());
  }

  private static double max(float[] row) {
    return IntStream.range(0, row.length).mapToDouble(i -> row[i]).max().orElse(0);
  }

  @Test
  void aRowOfHugeNormIsLeftOut() {
    int[] tokens = TOKENIZER.encodePlain(TEXT).ids();
    LanguageModel sinking = scaling(7, 1000);
    try (PromptView view = new PromptView(sinking, TOKENIZER, tiny.sae(), index)) {
      check(view.analyse(TEXT), tokens, codes(sinking, tokens), 0, 7);
    }
    LanguageModel twice = scaling(7, 2);
    try (PromptView view = new PromptView(twice, TOKENIZER, tiny.sae(), index)) {
      check(view.analyse(TEXT), tokens, codes(twice, tokens), 0);
    }
  }

  /** The model with one position's row at the hook point made larger. */
  private static LanguageModel scaling(int position, double factor) {
    float[] factors = new float[TOKENIZER.encodePlain(TEXT).count()];
    Arrays.fill(factors, 1);
    factors[position] = (float) factor;
    return (LanguageModel)
        Proxy.newProxyInstance(
            LanguageModel.class.getClassLoader(),
            new Class<?>[] {LanguageModel.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("run")) {
                HookPlan plan = (HookPlan) arguments[1];
                arguments[1] = plan.toBuilder().edit(HOOK, x -> scaled(x, factors)).build();
              }
              try {
                return method.invoke(tiny.model(), arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static Tensor scaled(Tensor x, float[] factors) {
    return x.mul(TensorMemory.floats(factors, 1, factors.length, 1));
  }

  @Test
  void aBosTokenIsPutInFrontAndLeftOut() {
    int[] plain = TOKENIZER.encodePlain(TEXT).ids();
    int[] tokens = IntStream.concat(IntStream.of(0), Arrays.stream(plain)).toArray();
    try (PromptView view =
        new PromptView(tiny.model(), TinyTokenizer.withBos(), tiny.sae(), index)) {
      check(view.analyse(TEXT), tokens, codes(tiny.model(), tokens), 0);
    }
  }

  @Test
  void aLongTextIsCutToTheContextAndSaysSo() {
    try (PromptView view = new PromptView(tiny.model(), TOKENIZER, tiny.sae(), index)) {
      PromptAnalysis exact = view.analyse("x".repeat(TinyModel.CONTEXT));
      assertThat(exact.truncated()).isFalse();
      assertThat(exact.tokens()).hasSize(TinyModel.CONTEXT);
      PromptAnalysis longer = view.analyse("x".repeat(TinyModel.CONTEXT + 1));
      assertThat(longer.truncated()).isTrue();
      assertThat(longer.tokens()).hasSize(TinyModel.CONTEXT);
      PromptAnalysis one = view.analyse("x");
      assertThat(one.features()).isEmpty();
      assertThatThrownBy(() -> view.analyse(""))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no tokens");
    }
  }

  @Test
  void anIndexOfAnotherDictionaryIsRefused() {
    try (Sae other = TinyIndex.dictionary(LATENTS + 1)) {
      assertThatThrownBy(() -> new PromptView(tiny.model(), TOKENIZER, other, index))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("index is of " + LATENTS + " latents");
    }
  }
}
