package org.sememe.analysis.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sememe.activations.ActivationStore;
import org.sememe.activations.HarvestListener;
import org.sememe.activations.HarvestOptions;
import org.sememe.activations.Harvester;
import org.sememe.activations.Split;
import org.sememe.activations.StoreManifest;
import org.sememe.activations.StoreType;
import org.sememe.models.LanguageModel;
import org.sememe.models.Models;
import org.sememe.models.testing.SeededText;
import org.sememe.models.testing.TinyModel;
import org.sememe.models.testing.TinyTokenizer;
import org.sememe.sae.Sae;
import org.sememe.sae.Sparsity;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.Torch;

/** On stores that a harvest wrote. */
class EvaluationTest {
  private static final String HOOK = "blocks.1.hook_resid_post";

  @TempDir Path folder;

  private LanguageModel model;

  @BeforeEach
  void open() throws Exception {
    Torch.start(2);
    model = Models.open(TinyModel.write(folder.resolve("model"), 8));
  }

  @AfterEach
  void close() {
    model.close();
  }

  @ParameterizedTest
  @EnumSource(StoreType.class)
  void anIdentityOnAHarvestedStoreIsPerfect(StoreType type) throws Exception {
    // Small shards, so that batches of rows cross their borders.
    HarvestOptions options = options().withHeldOutShare(0.4).withDtype(type).withShardBytes(20_000);
    try (ActivationStore store = harvest(options);
        Sae sae = TestSaes.identity(HOOK, TinyModel.WIDTH)) {
      EvaluationReport report = evaluate(sae, store, Split.HELD_OUT);
      StoreManifest.Counts counts = store.manifest().counts(Split.HELD_OUT);
      assertThat(store.shards(Split.HELD_OUT).size()).isGreaterThan(1);
      assertThat(report.split()).isEqualTo("held_out");
      assertThat(report.hook()).isEqualTo(HOOK);
      assertThat(report.tokens()).isEqualTo(counts.tokens());
      assertThat(report.evalTokens()).isEqualTo(counts.rows());
      assertThat(report.evalDocuments()).isEqualTo(counts.documents());
      assertThat(report.sinksExcluded()).isEqualTo(store.manifest().sinksExcluded()).isPositive();
      assertThat(report.reconstruction().fvu()).isZero();
      SpliceScores splice = report.splice().orElseThrow();
      assertThat(splice.ceSae()).isCloseTo(splice.ceClean(), within(1e-6));
      assertThat(splice.ceRecovered()).isCloseTo(1, within(1e-5));
      assertThat(splice.kl()).isCloseTo(0, within(1e-9));
      assertThat(splice.tokens()).isEqualTo(scored(store, Split.HELD_OUT));
      assertThat(report.seconds()).isPositive();
    }
  }

  @Test
  void theSplitsAreMeasuredApart() throws Exception {
    try (ActivationStore store = harvest(options().withHeldOutShare(0.4));
        Sae sae =
            TestSaes.random(HOOK, new Sparsity.TopK(5), TinyModel.WIDTH, 64, RandomStream.of(2))) {
      EvaluationReport heldOut = evaluate(sae, store, Split.HELD_OUT);
      EvaluationReport train = evaluate(sae, store, Split.TRAIN);
      assertThat(train.evalTokens() + heldOut.evalTokens())
          .isEqualTo(
              store.manifest().splits().values().stream()
                  .mapToLong(StoreManifest.Counts::rows)
                  .sum());
      assertThat(train.reconstruction().fvu()).isNotEqualTo(heldOut.reconstruction().fvu());
      assertThat(train.use().l0()).isLessThanOrEqualTo(5).isPositive();
    }
  }

  @Test
  void anEmptySplitIsRefused() throws Exception {
    try (ActivationStore store = harvest(options().withHeldOutShare(0));
        Sae sae = TestSaes.identity(HOOK, TinyModel.WIDTH)) {
      assertThatThrownBy(() -> evaluate(sae, store, Split.HELD_OUT))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll(store.folder().toString(), "no rows in its split held_out")
          .hasMessageNotContaining("\n");
    }
  }

  /** Rows with a next token, counted from the store itself. */
  private static long scored(ActivationStore store, Split split) {
    return store.shards(split).stream()
        .mapToLong(
            shard ->
                IntStream.range(0, (int) shard.rows())
                    .filter(
                        row -> {
                          long context = shard.contextIds().getAtIndex(ValueLayout.JAVA_LONG, row);
                          long position = shard.positions().getAtIndex(ValueLayout.JAVA_LONG, row);
                          return position + 1 < store.contexts(split).length((int) context);
                        })
                    .count())
        .sum();
  }

  private static HarvestOptions options() {
    return HarvestOptions.of("blocks.0.hook_resid_pre", HOOK).withContextLength(16).withBatch(5);
  }

  private ActivationStore harvest(HarvestOptions options) throws Exception {
    return ActivationStore.open(
        Harvester.harvest(
                model,
                TinyTokenizer.plain(),
                new SeededText(7, 60, 80),
                folder.resolve("store"),
                options,
                HarvestListener.none())
            .store());
  }

  private EvaluationReport evaluate(Sae sae, ActivationStore store, Split split) throws Exception {
    return Evaluation.evaluate(
        sae,
        store,
        Optional.of(model),
        new EvaluationOptions(split, 100_000, 1_000, 37, 4, 50, 0),
        EvaluationListener.none());
  }
}
