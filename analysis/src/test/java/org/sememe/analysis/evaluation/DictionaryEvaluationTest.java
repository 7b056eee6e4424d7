package org.sememe.analysis.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.activations.ActivationStore;
import org.sememe.activations.HarvestListener;
import org.sememe.activations.HarvestOptions;
import org.sememe.activations.Harvester;
import org.sememe.activations.Split;
import org.sememe.models.LanguageModel;
import org.sememe.models.Models;
import org.sememe.models.testing.SeededText;
import org.sememe.models.testing.TinyModel;
import org.sememe.models.testing.TinyTokenizer;
import org.sememe.sae.dictionary.CoderParts;
import org.sememe.sae.dictionary.Decoding;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.dictionary.DictionaryFacts;
import org.sememe.sae.dictionary.Encoding;
import org.sememe.sae.dictionary.Kind;
import org.sememe.sae.dictionary.Selection;
import org.sememe.sae.dictionary.Sites;
import org.sememe.sae.dictionary.SparseCoder;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;

/** Dictionaries of several hook points, whose numbers are known beforehand. */
class DictionaryEvaluationTest {
  private static final int D = TinyModel.WIDTH;

  /** The same values at two hook points: what one block leaves is what the next one takes. */
  private static final String LEFT = "blocks.0.hook_resid_post";

  private static final String TAKEN = "blocks.1.hook_resid_pre";
  private static final String OTHER = "blocks.1.hook_resid_post";

  /** Inside a block, which is then computed in other pieces. */
  private static final String INSIDE = "blocks.0.ln2.hook_normalized";

  private static final int BATCH = 4;

  @TempDir private static Path folder;
  private static LanguageModel model;
  private static ActivationStore store;

  @BeforeAll
  static void harvest() throws Exception {
    Torch.start(2);
    model = Models.open(TinyModel.write(folder.resolve("model"), 8));
    store =
        ActivationStore.open(
            Harvester.harvest(
                    model,
                    TinyTokenizer.plain(),
                    new SeededText(7, 60, 80),
                    folder.resolve("store"),
                    HarvestOptions.of(LEFT, TAKEN, OTHER, INSIDE)
                        .withContextLength(16)
                        .withBatch(5)
                        .withShardBytes(40_000)
                        .withHeldOutShare(0.4),
                    HarvestListener.none())
                .store());
  }

  @AfterAll
  static void close() {
    store.close();
    model.close();
  }

  private static DictionaryFacts facts(
      Kind kind, Sites in, Sites out, Selection selection, long latents) {
    return new DictionaryFacts(
        "test",
        "test",
        kind,
        "",
        in,
        out,
        latents,
        selection.key(),
        OptionalDouble.empty(),
        "none",
        true,
        List.of(),
        List.of());
  }

  private static Sites site(String hook) {
    return new Sites(List.of(hook), List.of((long) D));
  }

  /** Latents that never fire, b_dec = 0, and a linear path of so many times the input. */
  private static SparseCoder linear(String in, String out, double factor) {
    Tensor none = torch.zeros(D, D);
    Selection selection = new Selection.Relu();
    return new SparseCoder(
        facts(Kind.TRANSCODER, site(in), site(out), selection, D),
        new CoderParts(
                new Encoding.Joint(none, torch.zeros(D).sub(new Scalar(1.0)), Optional.empty()),
                selection,
                new Decoding.Joint(torch.zeros(D, D), torch.zeros(D)))
            .skipping(Optional.of(torch.eye(D).mul(new Scalar(factor)))));
  }

  private static EvaluationReport evaluate(Dictionary dictionary) throws IOException {
    return evaluate(List.of(dictionary), model).getFirst();
  }

  private static List<EvaluationReport> evaluate(List<Dictionary> dictionaries, LanguageModel run)
      throws IOException {
    return Evaluation.ofDictionaries(
        dictionaries,
        store,
        Optional.of(run),
        new EvaluationOptions(Split.HELD_OUT, 100_000, 1_000, 37, BATCH, 50, 0),
        EvaluationListener.none());
  }

  @Test
  void dictionariesOfSeveralHookPointsShareTheCleanRunAndScoreAsApart() throws IOException {
    try (PointerScope scope = new PointerScope();
        SparseCoder half = linear(LEFT, LEFT, 0.5);
        SparseCoder most = linear(LEFT, LEFT, 0.9);
        SparseCoder later = linear(LEFT, OTHER, 0.7);
        SparseCoder last = linear(OTHER, OTHER, 0.8);
        WatchedModel watched = new WatchedModel(model, OTHER)) {
      List<Dictionary> all = List.of(half, later, most, last);
      List<EvaluationReport> together = evaluate(all, watched);
      for (int i = 0; i < all.size(); i++) {
        EvaluationReport alone = evaluate(all.get(i));
        assertThat(together.get(i).splice()).isEqualTo(alone.splice()).isPresent();
        assertThat(together.get(i).reconstruction()).isEqualTo(alone.reconstruction());
        assertThat(together.get(i).hookOut()).isEqualTo(alone.hookOut());
      }
      assertThat(together.stream().map(one -> one.splice().orElseThrow().kl()).distinct())
          .hasSize(all.size());
      int contexts = together.getFirst().splice().orElseThrow().contexts();
      int batches = (contexts + BATCH - 1) / BATCH;
      int hookPoints = 2;
      assertThat(watched.plans()).hasSize(batches * (1 + all.size() + hookPoints));
      assertThat(watched.plans().stream().filter(plan -> plan.start().isEmpty()))
          .as("whole runs")
          .hasSize(batches);
    }
  }

  @Test
  void besideAPointInsideABlockScoresDifferByRoundings() throws IOException {
    try (PointerScope scope = new PointerScope();
        SparseCoder inside = linear(INSIDE, LEFT, 0.3);
        SparseCoder last = linear(OTHER, OTHER, 0.8)) {
      SpliceScores beside = evaluate(List.of(inside, last), model).getLast().splice().orElseThrow();
      SpliceScores alone = evaluate(last).splice().orElseThrow();
      assertThat(beside.kl()).isPositive().isCloseTo(alone.kl(), within(1e-6));
      assertThat(beside.ceSae()).isCloseTo(alone.ceSae(), within(1e-6));
      assertThat(beside.ceRecovered()).isCloseTo(alone.ceRecovered(), within(1e-5));
    }
  }

  @Test
  void aTranscoderIsMeasuredAtItsTarget() throws IOException {
    try (PointerScope scope = new PointerScope();
        SparseCoder exact = linear(LEFT, TAKEN, 1);
        SparseCoder nothing = linear(LEFT, TAKEN, 0);
        SparseCoder off = linear(LEFT, OTHER, 1)) {
      EvaluationReport perfect = evaluate(exact);
      assertThat(perfect.hook()).isEqualTo(LEFT);
      assertThat(perfect.hookOut()).isEqualTo(TAKEN);
      assertThat(perfect.reconstruction().fvu()).isZero();
      assertThat(perfect.use().l0()).isZero();
      assertThat(perfect.splice().orElseThrow().kl()).isCloseTo(0, within(1e-9));
      SpliceScores zeros = evaluate(nothing).splice().orElseThrow();
      assertThat(zeros.ceSae()).isCloseTo(zeros.ceZero(), within(1e-9));
      assertThat(zeros.kl()).isGreaterThan(1e-3);
      EvaluationReport wrong = evaluate(off);
      assertThat(wrong.reconstruction().fvu()).isGreaterThan(0.05);
      assertThat(wrong.splice().orElseThrow().kl()).isGreaterThan(1e-4);
    }
  }

  /** Every row from its positive and its negative parts, the second hook point's half as large. */
  @Test
  void aCrosscoderIsMeasuredAtEachHookPoint() throws IOException {
    try (PointerScope scope = new PointerScope()) {
      Tensor eye = torch.eye(2L * D);
      Tensor both = torch.cat(new TensorVector(eye, eye.neg()), 0);
      Tensor decoder = both.clone();
      decoder.narrow(1, D, D).mul_(new Scalar(0.5));
      Selection selection = new Selection.Relu();
      Sites sites = new Sites(List.of(OTHER, LEFT), List.of(2L, (long) D));
      try (SparseCoder coder =
          new SparseCoder(
              facts(Kind.CROSSCODER, sites, sites, selection, 4L * D),
              new CoderParts(
                  new Encoding.Joint(both, torch.zeros(4L * D), Optional.empty()),
                  selection,
                  new Decoding.Joint(decoder, torch.zeros(2L * D))))) {
        EvaluationReport report = evaluate(coder);
        assertThat(report.hook()).isEqualTo(OTHER + "," + LEFT);
        Map<String, Double> byHook = report.fvuByHook();
        assertThat(byHook).containsOnlyKeys(OTHER, LEFT);
        assertThat(byHook.get(OTHER)).isCloseTo(0, within(1e-9));
        assertThat(byHook.get(LEFT)).isGreaterThanOrEqualTo(0.25); // a quarter, and of the mean too
        assertThat(report.reconstruction().fvu()).isBetween(1e-3, byHook.get(LEFT));
        assertThat(report.use().l0()).isCloseTo(2L * D, within(0.1));
        assertThat(report.splice()).isEmpty();
        assertThat(report.fields()).containsKeys("fvu_by_hook", "decoder_share_by_hook");
        DecoderShare alone = new DecoderShare(0.5, 2L * D, 4L * D);
        assertThat(report.decoderShareByHook()).containsOnlyKeys(OTHER, LEFT);
        assertThat(report.decoderShareByHook().values()).allMatch(alone::equals);
      }
    }
  }

  /** Parts of norms 6 and 1, 2 and 1, 2 and 0; the first hook point's rows spread twice as far. */
  @Test
  void aDecodersShareIsInUnitsOfTheRowsSpread() {
    try (PointerScope scope = new PointerScope()) {
      Tensor decoder =
          TensorMemory.floats(new float[] {6, 0, 0, 1, 0, 2, 1, 0, 0, -2, 0, 0, 9, 9, 9, 9}, 4, 4);
      Selection selection = new Selection.Relu();
      Sites sites = new Sites(List.of("A", "B"), List.of(2L, 2L));
      SequencedMap<String, Double> spreads = new LinkedHashMap<>();
      spreads.put("A", 2.0);
      spreads.put("B", 1.0);
      try (SparseCoder coder =
          new SparseCoder(
              facts(Kind.CROSSCODER, sites, sites, selection, 4),
              new CoderParts(
                  new Encoding.Joint(torch.eye(4), torch.zeros(4), Optional.empty()),
                  selection,
                  new Decoding.Joint(decoder, torch.zeros(4))))) {
        Map<String, DecoderShare> shares =
            DecoderShare.of(coder, spreads, List.of(3L, 1L, 7L, 0L)); // the last never fired
        assertThat(shares.get("A").mean()).isCloseTo((0.75 + 0.5 + 1) / 3, within(1e-7));
        assertThat(shares.get("B").mean()).isCloseTo((0.25 + 0.5) / 3, within(1e-7));
        assertThat(shares.get("A").mostly()).isEqualTo(1);
        assertThat(shares.get("B").mostly()).isZero();
        assertThat(shares.get("A").latents()).isEqualTo(3);
      }
    }
  }

  @Test
  void whatCannotBeMeasuredIsRefused() {
    try (PointerScope scope = new PointerScope();
        SparseCoder elsewhere = linear(LEFT, "blocks.2.hook_mlp_out", 1);
        SparseCoder batch =
            new SparseCoder(
                facts(
                    Kind.AUTOENCODER, site(LEFT), site(LEFT), new Selection.BatchTopK(2, false), D),
                new CoderParts(
                    new Encoding.Joint(torch.eye(D), torch.zeros(D), Optional.empty()),
                    new Selection.BatchTopK(2, false),
                    new Decoding.Joint(torch.eye(D), torch.zeros(D))))) {
      assertThatThrownBy(() -> evaluate(elsewhere))
          .hasMessageContaining("has no rows of the dictionary's hook point blocks.2.hook_mlp_out")
          .hasMessageNotContaining("\n");
      assertThatThrownBy(() -> evaluate(batch))
          .hasMessageContaining("is not measured row by row")
          .hasMessageNotContaining("\n");
    }
  }
}
