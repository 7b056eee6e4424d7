package org.sememe.analysis.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sememe.activations.Split;
import org.sememe.models.Forward;
import org.sememe.models.HookPlan;
import org.sememe.models.LanguageModel;
import org.sememe.models.Models;
import org.sememe.models.TokenBatch;
import org.sememe.models.testing.TinyModel;
import org.sememe.sae.Sae;
import org.sememe.sae.Sparsity;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.LeakMeter;

/** The model's predictions with another activation at a hook point. */
class SpliceTest {
  private static final long SEED = 5;
  private static final String HOOK = "blocks.1.hook_resid_post";
  private static final int[] LENGTHS = {9, 14, 3, 14, 1, 2, 11, 14};

  @TempDir Path folder;

  private LanguageModel model;
  private List<int[]> contexts;

  @BeforeEach
  void open() throws Exception {
    Torch.start(2);
    model = Models.open(TinyModel.write(folder.resolve("model"), SEED));
    RandomStream random = RandomStream.of(SEED);
    contexts = new ArrayList<>();
    for (int length : LENGTHS) {
      contexts.add(random.ints(length, 0, TinyModel.VOCABULARY).toArray());
    }
  }

  @AfterEach
  void close() {
    model.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hook_embed",
        "blocks.0.hook_resid_pre",
        HOOK,
        "blocks.1.attn.hook_z",
        "blocks.1.mlp.hook_post",
        "blocks.0.hook_mlp_out",
        "blocks.2.hook_resid_post",
        "logits"
      })
  void agreesWithWholeRunsScoredInDouble(String hook) throws Exception {
    int width = (int) model.hookPoint(hook).width();
    RandomStream random = RandomStream.of(SEED).stream(hook);
    try (Sae sae = TestSaes.random(hook, new Sparsity.TopK(6), width, 48, random)) {
      SpliceScores scores = splice(model, sae, 3);
      Expected expected = expected(sae);
      assertThat(scores.tokens()).isEqualTo(expected.tokens);
      assertThat(scores.contexts()).isEqualTo(scoredContexts().size());
      double n = expected.tokens;
      assertThat(scores.ceClean()).isCloseTo(expected.clean / n, within(1e-5));
      assertThat(scores.ceSae()).isCloseTo(expected.sae / n, within(1e-4));
      assertThat(scores.ceZero()).isCloseTo(expected.zero / n, within(1e-5));
      assertThat(scores.kl()).isCloseTo(expected.klSae / n, within(1e-4));
      assertThat(scores.klZero()).isCloseTo(expected.klZero / n, within(1e-5));
      assertThat(scores.kl()).isPositive();
      assertThat(scores.ceRecovered())
          .isCloseTo(
              (scores.ceZero() - scores.ceSae()) / (scores.ceZero() - scores.ceClean()),
              within(1e-9));
      assertThat(scores.kl()).isBetween(scores.klInterval().low(), scores.klInterval().high());
      assertThat(scores.ceRecovered())
          .isBetween(scores.ceRecoveredInterval().low(), scores.ceRecoveredInterval().high());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"hook_embed", HOOK, "blocks.2.attn.hook_z", "blocks.2.hook_resid_post"})
  void anIdentityChangesNothing(String hook) throws Exception {
    try (Sae sae = TestSaes.identity(hook, (int) model.hookPoint(hook).width())) {
      SpliceScores scores = splice(model, sae, 4);
      assertThat(scores.ceSae()).isCloseTo(scores.ceClean(), within(1e-6));
      assertThat(scores.kl()).isCloseTo(0, within(1e-9));
      assertThat(scores.ceRecovered()).isCloseTo(1, within(1e-5));
      assertThat(scores.klZero()).isGreaterThan(1e-3);
    }
  }

  @Test
  void withoutAResidualEveryTokenIsAsLikely() throws Exception {
    String last = "blocks.2.hook_resid_post";
    try (Sae nothing = TestSaes.constant(last, new float[TinyModel.WIDTH])) {
      SpliceScores scores = splice(model, nothing, 4);
      assertThat(scores.ceZero()).isCloseTo(Math.log(TinyModel.VOCABULARY), within(1e-9));
      assertThat(scores.ceSae()).isCloseTo(scores.ceZero(), within(1e-9));
      assertThat(scores.ceRecovered()).isCloseTo(0, within(1e-9));
      assertThat(scores.kl()).isCloseTo(scores.klZero(), within(1e-9));
    }
  }

  @Test
  void positionsWithoutARowKeepTheirActivation() throws Exception {
    try (Sae sae =
            TestSaes.random(
                HOOK, new Sparsity.TopK(6), TinyModel.WIDTH, 48, RandomStream.of(SEED));
        WatchedModel watched = new WatchedModel(model, HOOK)) {
      splice(watched, sae, LENGTHS.length);
      assertThat(watched.seen()).as("clean, sae, zero").hasSize(3);
      float[] clean = watched.seen().get(0);
      float[] reconstructed = watched.seen().get(1);
      float[] zeroed = watched.seen().get(2);
      List<Integer> run = scoredContexts();
      int length = clean.length / run.size() / TinyModel.WIDTH;
      for (int sequence = 0; sequence < run.size(); sequence++) {
        for (int column = 0; column < length; column++) {
          int context = run.get(sequence);
          boolean replaced = column < LENGTHS[context] && kept(context, column);
          for (int i = 0; i < TinyModel.WIDTH; i++) {
            int at = (sequence * length + column) * TinyModel.WIDTH + i;
            assertThat(zeroed[at]).isEqualTo(replaced ? 0 : clean[at]);
            assertThat(reconstructed[at] == clean[at]).isEqualTo(!replaced);
          }
        }
      }
    }
  }

  @Test
  void theBatchSizesChangeNothing() throws Exception {
    try (Sae sae =
        TestSaes.random(HOOK, new Sparsity.TopK(6), TinyModel.WIDTH, 48, RandomStream.of(SEED))) {
      SpliceScores one = splice(model, sae, 1);
      for (int batch : new int[] {2, 3, 100}) {
        SpliceScores other = splice(model, sae, batch);
        assertThat(other.tokens()).isEqualTo(one.tokens());
        assertThat(other.ceClean()).isCloseTo(one.ceClean(), within(1e-6));
        assertThat(other.ceSae()).isCloseTo(one.ceSae(), within(1e-6));
        assertThat(other.kl()).isCloseTo(one.kl(), within(1e-6));
        assertThat(other.klInterval().low()).isCloseTo(one.klInterval().low(), within(1e-6));
      }
    }
  }

  @Test
  void dictionariesMeasuredTogetherScoreAsApart() throws Exception {
    try (Sae first =
            TestSaes.random(HOOK, new Sparsity.TopK(6), TinyModel.WIDTH, 48, RandomStream.of(1));
        Sae second =
            TestSaes.random(HOOK, new Sparsity.Relu(), TinyModel.WIDTH, 30, RandomStream.of(2))) {
      List<EvaluationReport> together =
          Evaluation.together(
              List.of(first, second),
              store(HOOK),
              Optional.of(model),
              options(100, 2),
              EvaluationListener.none());
      assertThat(together.getFirst().splice()).hasValue(splice(model, first, 2));
      assertThat(together.getLast().splice()).hasValue(splice(model, second, 2));
      assertThat(together.getFirst().use().l0()).isNotEqualTo(together.getLast().use().l0());
    }
  }

  @Test
  void onlySomeContextsAreRun() throws Exception {
    try (Sae sae =
        TestSaes.random(HOOK, new Sparsity.TopK(6), TinyModel.WIDTH, 48, RandomStream.of(SEED))) {
      EvaluationReport report =
          Evaluation.evaluate(
              sae, store(HOOK), Optional.of(model), options(4, 4), EvaluationListener.none());
      assertThat(report.splice().orElseThrow().contexts()).isEqualTo(3);
      assertThat(report.fields()).containsKeys("ce_clean", "kl_interval", "splice_tokens");
      List<String> progress = new ArrayList<>();
      Evaluation.evaluate(
          sae,
          store(HOOK),
          Optional.of(model),
          options(100, 2),
          (done, total) -> progress.add(done + "/" + total));
      int all = scoredContexts().size();
      assertThat(progress).endsWith("2/" + all, "4/" + all, all + "/" + all).contains("7/43");
    }
  }

  @Test
  void nothingToRecoverIsNotANumber() throws Exception {
    try (Sae sae =
            TestSaes.random(
                HOOK, new Sparsity.TopK(6), TinyModel.WIDTH, 48, RandomStream.of(SEED));
        WatchedModel deaf = new WatchedModel(model, HOOK).ignoringEdits()) {
      SpliceScores scores = splice(deaf, sae, 4);
      assertThat(scores.ceZero()).isEqualTo(scores.ceClean());
      assertThat(scores.ceRecovered()).isNaN();
      assertThat(scores.ceRecoveredInterval()).isEqualTo(new Interval(Double.NaN, Double.NaN));
      assertThat(scores.kl()).isZero();
    }
  }

  @Test
  void refusesAnotherModelAndContextsWithNothingToScore() throws Exception {
    try (Sae sae = TestSaes.identity(HOOK, TinyModel.WIDTH);
        LanguageModel other = Models.open(TinyModel.write(folder.resolve("other"), SEED + 1))) {
      assertThatThrownBy(() -> splice(other, sae, 2))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("was harvested from", folder.resolve("other").toString());
      StoreSplit lastOnly =
          MemoryStore.harvest(
              model, HOOK, contexts, (context, position) -> position + 1 == LENGTHS[context]);
      assertThatThrownBy(
              () ->
                  Evaluation.evaluate(
                      sae,
                      lastOnly,
                      Optional.of(model),
                      options(100, 2),
                      EvaluationListener.none()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no position with a row and a next token");
    }
  }

  @Test
  void leavesNothingBehind() throws Exception {
    StoreSplit store = store(HOOK);
    try (Sae sae =
        TestSaes.random(HOOK, new Sparsity.TopK(6), TinyModel.WIDTH, 48, RandomStream.of(SEED))) {
      LeakMeter.assertFlat(
          60,
          64L << 20,
          () ->
              Evaluation.evaluate(
                  sae, store, Optional.of(model), options(100, 3), EvaluationListener.none()));
      assertThat(sae.encoder().isfinite().all().item_bool()).isTrue();
    }
  }

  /** Fewer contexts than there are lie evenly over the split, not at its beginning. */
  @Test
  void fewContextsAreOfTheWholeSplit() throws Exception {
    Prediction prediction = Prediction.of(model, SEED).orElseThrow();
    assertThat(chosen(3, prediction)).containsExactly(0, 2); // nothing is asked in 4 and 5
    assertThat(chosen(4, prediction)).containsExactly(0, 2, 6);
    assertThat(chosen(LENGTHS.length, prediction))
        .isEqualTo(chosen(100, prediction))
        .isEqualTo(scoredContexts());
  }

  private List<Integer> chosen(int most, Prediction prediction) throws Exception {
    return store(HOOK).spliceContexts(most, prediction).stream().map(SpliceContext::index).toList();
  }

  /** Not the first position, and not some others. */
  private static boolean kept(int context, int position) {
    return position > 0 && (context + position) % 4 != 0;
  }

  private static List<Integer> scoredContexts() {
    return IntStream.range(0, LENGTHS.length)
        .filter(
            context ->
                IntStream.range(0, LENGTHS[context] - 1)
                    .anyMatch(position -> kept(context, position)))
        .boxed()
        .toList();
  }

  private StoreSplit store(String hook) {
    return MemoryStore.harvest(model, hook, contexts, SpliceTest::kept);
  }

  private SpliceScores splice(LanguageModel run, Sae sae, int batch) throws Exception {
    return Evaluation.evaluate(
            sae,
            store(sae.config().hook()),
            Optional.of(run),
            options(100, batch),
            EvaluationListener.none())
        .splice()
        .orElseThrow();
  }

  private static EvaluationOptions options(int contexts, int batch) {
    return new EvaluationOptions(Split.HELD_OUT, 100, contexts, 7, batch, 200, SEED);
  }

  private static final class Expected {
    private double clean;
    private double sae;
    private double zero;
    private double klSae;
    private double klZero;
    private int tokens;
  }

  /** One context at a time, each variant a whole run with an edit, softmax in double. */
  private Expected expected(Sae sae) {
    Expected sums = new Expected();
    for (int context = 0; context < contexts.size(); context++) {
      int[] tokens = contexts.get(context);
      int index = context;
      double[][] clean = run(sae.config().hook(), tokens, (column, x) -> x);
      double[][] zero =
          run(
              sae.config().hook(),
              tokens,
              (column, x) -> kept(index, column) ? new double[x.length] : x);
      double[][] changed =
          run(
              sae.config().hook(),
              tokens,
              (column, x) -> kept(index, column) ? reconstruction(sae, x) : x);
      for (int column = 0; column + 1 < tokens.length; column++) {
        if (kept(context, column)) {
          int next = tokens[column + 1];
          sums.clean -= clean[column][next];
          sums.zero -= zero[column][next];
          sums.sae -= changed[column][next];
          sums.klZero += kl(clean[column], zero[column]);
          sums.klSae += kl(clean[column], changed[column]);
          sums.tokens++;
        }
      }
    }
    return sums;
  }

  @FunctionalInterface
  private interface Change {
    double[] at(int column, double[] x);
  }

  private double[][] run(String hook, int[] tokens, Change change) {
    HookPlan plan =
        HookPlan.builder()
            .edit(
                hook,
                activation -> {
                  float[] values = TensorMemory.floats(activation);
                  int width = values.length / tokens.length;
                  for (int column = 0; column < tokens.length; column++) {
                    double[] x = new double[width];
                    for (int i = 0; i < width; i++) {
                      x[i] = values[column * width + i];
                    }
                    double[] y = change.at(column, x);
                    for (int i = 0; i < width; i++) {
                      values[column * width + i] = (float) y[i];
                    }
                  }
                  return TensorMemory.floats(values, 1, tokens.length, width);
                })
            .logits()
            .build();
    try (PointerScope scope = new PointerScope();
        Forward forward = model.run(TokenBatch.of(tokens), plan)) {
      double[] logits = TensorMemory.doubles(forward.logits());
      double[][] logs = new double[tokens.length][TinyModel.VOCABULARY];
      for (int column = 0; column < tokens.length; column++) {
        double sum = 0;
        for (int i = 0; i < TinyModel.VOCABULARY; i++) {
          logs[column][i] = logits[column * TinyModel.VOCABULARY + i];
          sum += Math.exp(logs[column][i]);
        }
        for (int i = 0; i < TinyModel.VOCABULARY; i++) {
          logs[column][i] -= Math.log(sum);
        }
      }
      return logs;
    }
  }

  private static double[] reconstruction(Sae sae, double[] x) {
    float[] row = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      row[i] = (float) x[i];
    }
    return DenseScores.decode(sae, DenseScores.latents(sae, row));
  }

  private static double kl(double[] p, double[] q) {
    double sum = 0;
    for (int i = 0; i < p.length; i++) {
      sum += Math.exp(p[i]) * (p[i] - q[i]);
    }
    return sum;
  }
}
