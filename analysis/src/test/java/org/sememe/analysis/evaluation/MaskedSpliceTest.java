package org.sememe.analysis.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sememe.models.Forward;
import org.sememe.models.HookPlan;
import org.sememe.models.Models;
import org.sememe.models.Network;
import org.sememe.models.TokenBatch;
import org.sememe.sae.Sae;
import org.sememe.sae.Sparsity;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.Fixtures;

/** What an encoder loses of hidden tokens, on the tiny BERT of the fixtures. */
class MaskedSpliceTest {
  private static final long SEED = 3;
  private static final int MASK = 4;

  private Network model;
  private int vocabulary;
  private final List<int[]> contexts = new ArrayList<>();

  @BeforeEach
  void open() throws Exception {
    Path folder = Fixtures.require("models/bert");
    Torch.start(2);
    model = Models.openNetwork(folder);
    vocabulary = model.info().vocabulary();
    RandomStream random = RandomStream.of(SEED);
    for (int length : new int[] {9, 14, 3, 21, 2, 17}) {
      contexts.add(random.ints(length, 5, vocabulary).toArray());
    }
  }

  @AfterEach
  void close() {
    if (model != null) { // without fixtures it was never opened
      model.close();
    }
  }

  private static boolean kept(int context, int position) {
    return position > 0 && (context + position) % 5 != 0;
  }

  private SpliceScores measured(Sae sae, int batch) throws Exception {
    StoreSplit store =
        MemoryStore.harvest(model, sae.config().hook(), contexts, MaskedSpliceTest::kept);
    Prediction prediction = new MaskedTokens(MASK, vocabulary, SEED);
    String hook = sae.config().hook();
    try (Reconstructor reconstructor = new SaeReconstructor(sae, 8)) {
      Spliced spliced = new Spliced(hook, hook, reconstructor);
      return new Splice(model, List.of(spliced), store.contexts(), prediction)
          .measure(
              store.spliceContexts(100, prediction),
              batch,
              new Bootstrap(50, SEED),
              EvaluationListener.none())
          .getFirst();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"blocks.1.hook_resid_post", "blocks.0.hook_mlp_out", "hook_embed"})
  void agreesWithWholeRuns(String hook) throws Exception {
    int width = (int) model.hookPoint(hook).width();
    try (Sae sae = TestSaes.random(hook, new Sparsity.TopK(6), width, 40, RandomStream.of(SEED))) {
      SpliceScores scores = measured(sae, 2);
      double[] sums = new double[3];
      int tokens = 0;
      for (int context = 0; context < contexts.size(); context++) {
        int index = context;
        if (IntStream.range(0, contexts.get(index).length).noneMatch(at -> kept(index, at))) {
          continue;
        }
        Prediction.Question question = question(context);
        List<float[]> logits =
            List.of(
                logits(question.tokens(), hook, (position, x) -> x),
                logits(
                    question.tokens(),
                    hook,
                    (position, x) -> kept(index, position) ? reconstruction(sae, x) : x),
                logits(
                    question.tokens(),
                    hook,
                    (position, x) -> kept(index, position) ? new float[x.length] : x));
        for (int i = 0; i < question.positions().length; i++) {
          for (int run = 0; run < 3; run++) {
            sums[run] +=
                crossEntropy(logits.get(run), question.positions()[i], question.targets()[i]);
          }
          tokens++;
        }
      }
      assertThat(scores.predicts()).isEqualTo("masked tokens");
      assertThat(scores.tokens()).isEqualTo(tokens);
      assertThat(scores.ceClean()).isCloseTo(sums[0] / tokens, within(1e-4));
      assertThat(scores.ceSae()).isCloseTo(sums[1] / tokens, within(1e-4));
      assertThat(scores.ceZero()).isCloseTo(sums[2] / tokens, within(1e-4));
      assertThat(scores.ceSae()).isNotCloseTo(scores.ceClean(), within(1e-3));
    }
  }

  @Test
  void anIdentityChangesNothing() throws Exception {
    String hook = "blocks.1.hook_resid_post";
    int width = (int) model.hookPoint(hook).width();
    try (Sae sae = TestSaes.identity(hook, width)) {
      SpliceScores scores = measured(sae, 3);
      assertThat(scores.ceSae()).isCloseTo(scores.ceClean(), within(1e-5));
      assertThat(scores.kl()).isCloseTo(0, within(1e-6));
      assertThat(scores.klZero()).isGreaterThan(1e-3);
      assertThat(measured(sae, 100).ceClean()).isCloseTo(scores.ceClean(), within(1e-6));
    }
  }

  /** Shares, targets and the seed, over many positions. */
  @Test
  void whatIsHidden() {
    int length = 4_000;
    BitSet rows = new BitSet();
    IntStream.range(0, length).filter(position -> position % 2 == 1).forEach(rows::set);
    SpliceContext context = new SpliceContext(7, length, rows);
    int[] tokens = RandomStream.of(1).ints(length, 5, vocabulary).toArray();
    Prediction.Question question =
        new MaskedTokens(MASK, vocabulary, SEED).ask(context, tokens.clone());
    int[] positions = question.positions();
    assertThat(positions).hasSize(300).isSorted().doesNotHaveDuplicates();
    assertThat(Arrays.stream(positions).allMatch(rows::get)).isTrue();
    int masked = 0;
    int kept = 0;
    for (int i = 0; i < positions.length; i++) {
      assertThat(question.targets()[i]).isEqualTo(tokens[positions[i]]);
      masked += question.tokens()[positions[i]] == MASK ? 1 : 0;
      kept += question.tokens()[positions[i]] == tokens[positions[i]] ? 1 : 0;
    }
    assertThat(masked).isBetween(210, 270);
    assertThat(kept).isBetween(12, 60);
    int[] restored = question.tokens().clone();
    for (int i = 0; i < positions.length; i++) {
      restored[positions[i]] = question.targets()[i];
    }
    assertThat(restored).isEqualTo(tokens);
    assertThat(new MaskedTokens(MASK, vocabulary, SEED).ask(context, tokens).tokens())
        .isEqualTo(question.tokens());
    assertThat(new MaskedTokens(MASK, vocabulary, SEED + 1).ask(context, tokens).positions())
        .isNotEqualTo(positions);
    BitSet one = new BitSet();
    one.set(3);
    assertThat(
            new MaskedTokens(MASK, vocabulary, SEED)
                .ask(new SpliceContext(0, 5, one), Arrays.copyOf(tokens, 5))
                .positions())
        .containsExactly(3);
  }

  private Prediction.Question question(int context) {
    BitSet rows = new BitSet();
    int length = contexts.get(context).length;
    IntStream.range(0, length).filter(position -> kept(context, position)).forEach(rows::set);
    return new MaskedTokens(MASK, vocabulary, SEED)
        .ask(new SpliceContext(context, length, rows), contexts.get(context));
  }

  @FunctionalInterface
  private interface Change {
    float[] at(int position, float[] x);
  }

  private float[] logits(int[] tokens, String hook, Change change) {
    int width = (int) model.hookPoint(hook).width();
    HookPlan plan =
        HookPlan.builder()
            .edit(
                hook,
                activation -> {
                  float[] values = TensorMemory.floats(activation);
                  for (int position = 0; position < tokens.length; position++) {
                    float[] x =
                        Arrays.copyOfRange(values, position * width, (position + 1) * width);
                    System.arraycopy(change.at(position, x), 0, values, position * width, width);
                  }
                  return TensorMemory.floats(values, 1, tokens.length, width);
                })
            .logits()
            .build();
    try (PointerScope scope = new PointerScope();
        Forward forward = model.run(TokenBatch.of(tokens), plan)) {
      Tensor logits = forward.logits();
      return TensorMemory.floats(logits);
    }
  }

  private double crossEntropy(float[] logits, int position, int target) {
    double sum = 0;
    for (int i = 0; i < vocabulary; i++) {
      sum += Math.exp(logits[position * vocabulary + i]);
    }
    return Math.log(sum) - logits[position * vocabulary + target];
  }

  private static float[] reconstruction(Sae sae, float[] x) {
    double[] decoded = DenseScores.decode(sae, DenseScores.latents(sae, x));
    float[] row = new float[decoded.length];
    for (int i = 0; i < row.length; i++) {
      row[i] = (float) decoded[i];
    }
    return row;
  }
}
