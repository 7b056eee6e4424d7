package org.sememe.analysis.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sememe.activations.Split;
import org.sememe.sae.Sae;
import org.sememe.sae.Sparsity;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.LeakMeter;

/** Reconstruction and latent use over rows. */
class EvaluationRowsTest {
  private static final String HOOK = "blocks.1.hook_resid_post";
  private static final int D = 12;
  private static final int ROWS = 150;
  private static final long SEED = 20;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  @Test
  void aPerfectDictionaryLeavesNothing() throws Exception {
    float[][] x = rows(ROWS);
    try (Sae sae = TestSaes.identity(HOOK, D)) {
      EvaluationReport report = evaluate(sae, x, options());
      assertThat(report.reconstruction().fvu()).isZero();
      assertThat(report.reconstruction().fve()).isOne();
      assertThat(report.reconstruction().mse()).isZero();
      assertThat(report.reconstruction().fvuInterval()).isEqualTo(new Interval(0, 0));
      assertThat(report.reconstruction().cosine()).isCloseTo(1, within(1e-12));
      assertThat(report.reconstruction().l2Ratio()).isCloseTo(1, within(1e-12));
      assertThat(report.reconstruction().gamma()).isCloseTo(1, within(1e-12));
      assertThat(report.use().l0()).as("one of two signs of every value").isEqualTo(D);
      assertThat(report.evalTokens()).isEqualTo(ROWS);
      assertThat(report.tokens()).isEqualTo(ROWS + 5);
      assertThat(report.sinksExcluded()).isEqualTo(5);
      assertThat(report.splice()).isEmpty();
    }
  }

  @Test
  void reconstructingNothingLeavesTheWholeNorm() throws Exception {
    float[][] x = rows(ROWS);
    try (Sae sae = TestSaes.constant(HOOK, new float[D])) {
      ReconstructionScores scores = evaluate(sae, x, options()).reconstruction();
      double norm = Arrays.stream(x).mapToDouble(EvaluationRowsTest::squared).sum();
      assertThat(scores.mse()).isCloseTo(norm / ROWS, within(1e-9));
      assertThat(scores.fvu()).isCloseTo(norm / deviation(x), within(1e-9));
      assertThat(scores.cosine()).isZero();
      assertThat(scores.l2Ratio()).isZero();
      assertThat(scores.gamma()).isZero();
    }
  }

  @Test
  void theMeanLeavesAllOfTheVariance() throws Exception {
    float[][] x = rows(ROWS);
    double[] mean = mean(x);
    float[] value = new float[D];
    IntStream.range(0, D).forEach(i -> value[i] = (float) mean[i]);
    try (Sae sae = TestSaes.constant(HOOK, value)) {
      ReconstructionScores scores = evaluate(sae, x, options()).reconstruction();
      assertThat(scores.fvu()).isCloseTo(1, within(1e-9));
      assertThat(scores.fvuInterval().low()).isCloseTo(1, within(1e-6));
      assertThat(scores.fvuInterval().high()).isCloseTo(1, within(1e-6));
    }
  }

  @Test
  void reconstructionsOfOtherRowsLeaveTwiceTheVariance() {
    float[][] x = rows(4000);
    int[] order = RandomStream.of(SEED).permutation(x.length);
    RowTotals own = new RowTotals(mean(x), 1, new StoreHooks(List.of("h"), List.of(x[0].length)));
    RowTotals others =
        new RowTotals(mean(x), 1, new StoreHooks(List.of("h"), List.of(x[0].length)));
    for (int i = 0; i < x.length; i++) {
      own.add(i, x[i], x[i], 0);
      others.add(i, x[i], x[order[i]], 0);
    }
    Bootstrap bootstrap = new Bootstrap(10, 0);
    assertThat(own.scores(bootstrap).reconstruction().fvu()).isZero();
    assertThat(others.scores(bootstrap).reconstruction().fvu()).isCloseTo(2, within(0.1));
    assertThat(others.scores(bootstrap).reconstruction().l2Ratio()).isGreaterThan(0.9);
  }

  @Test
  void aMeanFarFromZeroCostsNoDigits() {
    float[][] x = rows(500);
    float[][] near = rows(500);
    for (int row = 0; row < x.length; row++) {
      for (int i = 0; i < D; i++) {
        x[row][i] += 1e5f;
        near[row][i] = x[row][i] + 0.25f;
      }
    }
    RowTotals totals =
        new RowTotals(mean(x), 1, new StoreHooks(List.of("h"), List.of(x[0].length)));
    for (int row = 0; row < x.length; row++) {
      totals.add(0, x[row], near[row], 0);
    }
    double error = 0.25 * 0.25 * D * x.length;
    assertThat(totals.scores(new Bootstrap(2, 0)).reconstruction().fvu())
        .isCloseTo(error / deviation(x), within(1e-12));
  }

  @ParameterizedTest
  @ValueSource(strings = {"topk", "relu"})
  void agreesWithADenseComputationInDouble(String name) throws Exception {
    Sparsity sparsity = name.equals("topk") ? new Sparsity.TopK(5) : new Sparsity.Relu();
    float[][] x = rows(ROWS);
    x[3] = new float[D]; // no direction: its cosine is 0, its ratio is left out
    try (Sae sae = TestSaes.random(HOOK, sparsity, D, 40, RandomStream.of(SEED))) {
      EvaluationReport report = evaluate(sae, x, options());
      DenseScores dense = DenseScores.of(sae, x, mean(x));
      ReconstructionScores scores = report.reconstruction();
      assertThat(scores.fvu()).isCloseTo(dense.fvu(), within(1e-5 * dense.fvu()));
      assertThat(scores.fve()).isCloseTo(1 - dense.fvu(), within(1e-4));
      assertThat(scores.mse()).isCloseTo(dense.mse(), within(1e-5 * dense.mse()));
      assertThat(scores.cosine()).isCloseTo(dense.cosine(), within(1e-5));
      assertThat(scores.l2Ratio()).isCloseTo(dense.l2Ratio(), within(1e-5));
      assertThat(scores.gamma()).isCloseTo(dense.gamma(), within(1e-4 * Math.abs(dense.gamma())));
      assertThat(report.use().firings()).isEqualTo(dense.firings());
      long all = dense.firings().stream().mapToLong(count -> count).sum();
      assertThat(report.use().l0()).isEqualTo((double) all / ROWS);
      assertThat(report.use().dead())
          .isEqualTo(dense.firings().stream().filter(c -> c == 0).count());
    }
  }

  @Test
  void theBatchSizeChangesNothing() throws Exception {
    float[][] x = rows(ROWS);
    try (Sae sae = TestSaes.random(HOOK, new Sparsity.TopK(4), D, 30, RandomStream.of(SEED))) {
      EvaluationReport whole = evaluate(sae, x, options());
      for (int batch : new int[] {1, 7, 13, 64, 100_000}) {
        List<Long> progress = new ArrayList<>();
        EvaluationReport report =
            Evaluation.evaluate(
                sae,
                store(x, 17),
                Optional.empty(),
                options(1000, batch, SEED),
                (done, total) -> {
                  assertThat(total).isEqualTo(ROWS);
                  progress.add(done);
                });
        assertThat(report.use()).as("batches of %d", batch).isEqualTo(whole.use());
        assertThat(report.reconstruction().fvu())
            .isCloseTo(whole.reconstruction().fvu(), within(1e-6));
        assertThat(report.reconstruction().cosine())
            .isCloseTo(whole.reconstruction().cosine(), within(1e-6));
        assertThat(report.reconstruction().fvuInterval().low())
            .isCloseTo(whole.reconstruction().fvuInterval().low(), within(1e-6));
        assertThat(progress)
            .isSorted()
            .hasSize((ROWS + Math.min(batch, ROWS) - 1) / Math.min(batch, ROWS))
            .endsWith((long) ROWS);
      }
    }
  }

  @Test
  void onlyTheFirstRowsAreLookedAt() throws Exception {
    float[][] x = rows(ROWS);
    try (Sae sae = TestSaes.random(HOOK, new Sparsity.TopK(4), D, 30, RandomStream.of(SEED))) {
      EvaluationReport some = evaluate(sae, x, options(43, 16, SEED));
      EvaluationReport alone = evaluate(sae, Arrays.copyOf(x, 43), options());
      assertThat(some.evalTokens()).isEqualTo(43);
      assertThat(some.evalDocuments()).isEqualTo(9);
      assertThat(some.use()).isEqualTo(alone.use());
      assertThat(some.reconstruction().fvu()).isCloseTo(alone.reconstruction().fvu(), within(1e-6));
    }
  }

  @Test
  void moreDocumentsGiveNarrowerIntervals() throws Exception {
    float[][] x = rows(2000);
    try (Sae sae = TestSaes.random(HOOK, new Sparsity.Relu(), D, 30, RandomStream.of(SEED))) {
      EvaluationReport few = evaluate(sae, Arrays.copyOf(x, 125), options());
      EvaluationReport many = evaluate(sae, x, options());
      for (EvaluationReport report : List.of(few, many)) {
        assertContains(report.reconstruction().fvuInterval(), report.reconstruction().fvu());
        assertContains(report.use().l0Interval(), report.use().l0());
      }
      // Sixteen times the documents: about a quarter of the width.
      assertThat(width(many.reconstruction().fvuInterval()))
          .isLessThan(width(few.reconstruction().fvuInterval()) / 2);
      assertThat(width(many.use().l0Interval())).isLessThan(width(few.use().l0Interval()) / 2);
      assertThat(evaluate(sae, x, options()).reconstruction()).isEqualTo(many.reconstruction());
      assertThat(evaluate(sae, x, options(100_000, 64, 1)).reconstruction().fvuInterval())
          .isNotEqualTo(many.reconstruction().fvuInterval());
    }
  }

  @Test
  void latentsThatNeverFireAreDead() throws Exception {
    // The value's sign decides which of its two latents fires; three values are always positive.
    float[][] x = rows(ROWS);
    for (float[] row : x) {
      IntStream.range(0, 3).forEach(i -> row[i] = Math.abs(row[i]) + 0.1f);
    }
    try (Sae sae = TestSaes.identity(HOOK, D)) {
      LatentUse use = evaluate(sae, x, options()).use();
      assertThat(use.dead()).isEqualTo(3);
      assertThat(use.deadShare()).isEqualTo(3.0 / (2 * D));
      assertThat(use.density(0)).isOne();
      assertThat(use.rows()).isEqualTo(ROWS);
      assertThat(use.densityHistogram().counts().stream().mapToLong(c -> c).sum())
          .as("the living")
          .isEqualTo(2 * D - 3);
      assertThat(use.densityHistogram().counts().getLast())
          .isEqualTo(use.firings().stream().filter(c -> c > ROWS * Math.pow(10, -0.25)).count())
          .isGreaterThanOrEqualTo(3);
    }
  }

  @Test
  void refusesWhatDoesNotBelongTogether() throws Exception {
    float[][] x = rows(ROWS);
    try (Sae other = TestSaes.identity("blocks.7.hook_mlp_out", D);
        Sae nameless = TestSaes.identity("", D);
        Sae wide = TestSaes.identity(HOOK, D + 1);
        Sae sae = TestSaes.identity(HOOK, D)) {
      assertRefused(other, x, "no rows of the dictionary's hook point blocks.7.hook_mlp_out", HOOK);
      assertRefused(nameless, x, "does not say which hook point");
      assertRefused(wide, x, HOOK + " are 12 wide, the dictionary is 13 wide");
      x[71][5] = Float.NaN;
      assertRefused(sae, x, "row 71 of held_out at " + HOOK, "NaN");
      x[71][5] = 0;
      x[149][0] = Float.NEGATIVE_INFINITY;
      assertRefused(sae, x, "row 149 of held_out");
    }
  }

  @Test
  void refusesRowsOfContextsThatAreNotThere() {
    StoreSplit store = store(rows(ROWS), 40); // rows of context 0, and no contexts
    assertThatThrownBy(() -> store.spliceContexts(8, new NextTokens()))
        .isInstanceOf(FormatException.class)
        .hasMessageContainingAll("held_out-00000.safetensors", "position 0 of context 0");
  }

  @Test
  void leavesNothingBehind() throws Exception {
    float[][] x = rows(ROWS);
    try (Sae sae = TestSaes.random(HOOK, new Sparsity.TopK(4), D, 30, RandomStream.of(SEED))) {
      LeakMeter.assertFlat(200, 64L << 20, () -> evaluate(sae, x, options(ROWS, 32, 0)));
    }
  }

  private static void assertRefused(Sae sae, float[][] x, String... parts) {
    assertThatThrownBy(() -> evaluate(sae, x, options()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(parts)
        .hasMessageNotContaining("\n");
  }

  private static void assertContains(Interval interval, double value) {
    assertThat(value).isBetween(interval.low(), interval.high());
  }

  private static double width(Interval interval) {
    return interval.high() - interval.low();
  }

  private static EvaluationReport evaluate(Sae sae, float[][] x, EvaluationOptions options)
      throws Exception {
    return Evaluation.evaluate(
        sae, store(x, 40), Optional.empty(), options, EvaluationListener.none());
  }

  /** Documents of five rows each. */
  private static StoreSplit store(float[][] x, int shardRows) {
    long[] documents = new long[x.length];
    Arrays.setAll(documents, row -> 100 + row / 5);
    return MemoryStore.of(HOOK, x, documents, shardRows);
  }

  private static EvaluationOptions options() {
    return options(100_000, 64, SEED);
  }

  private static EvaluationOptions options(long rows, int rowBatch, long seed) {
    return new EvaluationOptions(Split.HELD_OUT, rows, 8, rowBatch, 2, 300, seed);
  }

  private static float[][] rows(int count) {
    RandomStream random = RandomStream.of(SEED).stream("rows");
    float[][] x = new float[count][];
    for (int row = 0; row < count; row++) {
      x[row] = TestSaes.gaussians(random, D, 1);
      for (int i = 0; i < D; i++) {
        x[row][i] += 0.1f * i;
      }
    }
    return x;
  }

  private static double squared(float[] row) {
    double sum = 0;
    for (float value : row) {
      sum += (double) value * value;
    }
    return sum;
  }

  private static double[] mean(float[][] x) {
    double[] mean = new double[D];
    for (float[] row : x) {
      IntStream.range(0, D).forEach(i -> mean[i] += row[i] / (double) x.length);
    }
    return mean;
  }

  private static double deviation(float[][] x) {
    double[] mean = mean(x);
    double sum = 0;
    for (float[] row : x) {
      for (int i = 0; i < D; i++) {
        sum += (row[i] - mean[i]) * (row[i] - mean[i]);
      }
    }
    return sum;
  }
}
