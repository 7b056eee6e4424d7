package org.sememe.activations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sememe.models.Forward;
import org.sememe.models.HookPlan;
import org.sememe.models.LanguageModel;
import org.sememe.models.Models;
import org.sememe.models.TokenBatch;
import org.sememe.models.testing.SeededText;
import org.sememe.models.testing.TinyModel;
import org.sememe.models.testing.TinyTokenizer;
import org.sememe.models.text.TextSource;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.safetensors.SafetensorsFile;

class HarvesterTest {
  private static final String HOOK = "blocks.1.hook_resid_post";
  private static final TextSource TEXT = new SeededText(7, 60, 80);

  @TempDir private static Path models;
  private static LanguageModel model;

  @TempDir private Path folder;

  @BeforeAll
  static void open() throws IOException {
    Torch.start(2);
    model = Models.open(TinyModel.write(models.resolve("tiny"), 11));
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static HarvestOptions options() {
    return HarvestOptions.of(HOOK).withContextLength(16).withHeldOutShare(0.3).withBatch(5);
  }

  private HarvestResult harvest(HarvestOptions options) throws IOException {
    return Harvester.harvest(
        model,
        TinyTokenizer.plain(),
        TEXT,
        folder.resolve("store"),
        options,
        HarvestListener.none());
  }

  @Test
  void everyRowIsWhatTheModelGivesForItsContext() throws IOException {
    HarvestResult result = harvest(options());

    try (ActivationStore store = ActivationStore.open(result.store())) {
      store.verify();
      long rows = 0;
      for (Split split : Split.values()) {
        Contexts contexts = store.contexts(split);
        for (Shard shard : store.shards(split)) {
          rows += shard.rows();
          for (long row = 0; row < shard.rows(); row++) {
            check(shard, row, contexts);
          }
        }
      }
      assertThat(rows).isEqualTo(result.rows()).isGreaterThan(1000);
      assertThat(result.tokens()).isEqualTo(rows + result.sinksExcluded());
      assertThat(store.manifest().excluded().firstPosition())
          .isEqualTo(
              (long) store.contexts(Split.TRAIN).count() + store.contexts(Split.HELD_OUT).count());
    }
  }

  private static void check(Shard shard, long row, Contexts contexts) {
    int context = (int) shard.contextIds().getAtIndex(ValueLayout.JAVA_LONG, row);
    int position = (int) shard.positions().getAtIndex(ValueLayout.JAVA_LONG, row);
    int[] tokens = contexts.tokens(context);
    assertThat(position).isPositive();
    assertThat(shard.tokenIds().getAtIndex(ValueLayout.JAVA_LONG, row))
        .isEqualTo(tokens[position])
        .isNotZero();
    assertThat(shard.documentIds().getAtIndex(ValueLayout.JAVA_LONG, row))
        .isEqualTo(contexts.documents(context)[position]);
    long bytes = (long) TinyModel.WIDTH * Float.BYTES;
    float[] kept =
        shard.activations(HOOK).asSlice(row * bytes, bytes).toArray(ValueLayout.JAVA_FLOAT);
    try (PointerScope scope = new PointerScope();
        Forward forward =
            model.run(TokenBatch.of(tokens), HookPlan.builder().capture(HOOK).build())) {
      float[] expected = TensorMemory.floats(forward.activation(HOOK).select(1, position));
      assertThat(kept).usingComparatorWithPrecision(1e-4f).containsExactly(expected);
    }
  }

  @Test
  void splitsShareNoDocumentAndSeedsDecide() throws IOException {
    Set<Set<Long>> heldOut = new HashSet<>();
    for (long seed = 0; seed < 3; seed++) {
      HarvestResult result =
          Harvester.harvest(
              model,
              TinyTokenizer.plain(),
              TEXT,
              folder.resolve("store" + seed),
              options().withSeed(seed),
              HarvestListener.none());
      try (ActivationStore store = ActivationStore.open(result.store())) {
        Set<Long> train = documents(store, Split.TRAIN);
        Set<Long> held = documents(store, Split.HELD_OUT);
        assertThat(train).doesNotContainAnyElementsOf(held);
        assertThat(train.size() + held.size()).isEqualTo(60);
        assertThat(held.size()).isBetween(6, 36);
        heldOut.add(held);
      }
    }
    assertThat(heldOut).hasSize(3);
  }

  private static Set<Long> documents(ActivationStore store, Split split) {
    Set<Long> found = new HashSet<>();
    Contexts contexts = store.contexts(split);
    for (int i = 0; i < contexts.count(); i++) {
      for (long document : contexts.documents(i)) {
        found.add(document);
      }
    }
    return found;
  }

  @Test
  void withoutPackingEachDocumentIsAContextInOrder() throws IOException {
    HarvestResult result =
        harvest(options().withPack(false).withHeldOutShare(0).withKeepSinks(true));

    List<String> texts = new ArrayList<>();
    try (Stream<org.sememe.models.text.Document> documents = TEXT.documents()) {
      documents.forEach(document -> texts.add(document.text()));
    }
    try (ActivationStore store = ActivationStore.open(result.store())) {
      Contexts contexts = store.contexts(Split.TRAIN);
      assertThat(contexts.count()).isEqualTo(60);
      assertThat(store.documentNames()).hasSize(60).startsWith("document 0", "document 1");
      for (int i = 0; i < 60; i++) {
        int[] ids = TinyTokenizer.plain().encode(texts.get(i)).ids();
        assertThat(contexts.tokens(i))
            .isEqualTo(java.util.Arrays.copyOf(ids, Math.min(16, ids.length)));
      }
      assertThat(result.rows()).isEqualTo(result.tokens());
      assertThat(result.sinksExcluded()).isZero();
    }
  }

  @Test
  void aBosTokenBeginsEveryContext() throws IOException {
    HarvestResult result =
        Harvester.harvest(
            model,
            TinyTokenizer.withBos(),
            TEXT,
            folder.resolve("store"),
            options(),
            HarvestListener.none());

    try (ActivationStore store = ActivationStore.open(result.store())) {
      Contexts contexts = store.contexts(Split.TRAIN);
      for (int i = 0; i < contexts.count(); i++) {
        assertThat(contexts.tokens(i)[0]).isZero();
      }
    }
  }

  @Test
  void heldOutTextAloneIsTheSameAsBesideTheOther() throws IOException {
    HarvestResult both = harvest(options());
    HarvestResult alone =
        Harvester.harvest(
            model,
            TinyTokenizer.plain(),
            TEXT,
            folder.resolve("alone"),
            options().withHeldOutOnly(true),
            HarvestListener.none());

    try (ActivationStore first = ActivationStore.open(both.store());
        ActivationStore second = ActivationStore.open(alone.store())) {
      assertThat(second.shards(Split.TRAIN)).isEmpty();
      Contexts expected = first.contexts(Split.HELD_OUT);
      Contexts found = second.contexts(Split.HELD_OUT);
      assertThat(found.count()).isEqualTo(expected.count());
      for (int i = 0; i < found.count(); i++) {
        assertThat(found.tokens(i)).isEqualTo(expected.tokens(i));
      }
    }
  }

  @Test
  void theBudgetEndsWithTheContextThatReachesIt() throws IOException {
    assertThat(harvest(options().withTokens(100)).tokens()).isBetween(100L, 115L);
  }

  @ParameterizedTest
  @EnumSource(StoreType.class)
  void narrowTypesKeepWhatTheyCan(StoreType type) throws IOException {
    HarvestResult wide = harvest(options());
    HarvestResult narrow =
        Harvester.harvest(
            model,
            TinyTokenizer.plain(),
            TEXT,
            folder.resolve("narrow"),
            options().withDtype(type),
            HarvestListener.none());

    double precision =
        Map.of(StoreType.F32, 0.0, StoreType.F16, 0x1p-11, StoreType.BF16, 0x1p-8).get(type);
    assertThat(relativeError(wide, narrow)).isLessThanOrEqualTo(precision);
  }

  private static double relativeError(HarvestResult a, HarvestResult b) throws IOException {
    double worst = 0;
    float[] first = rows(a);
    float[] second = rows(b);
    assertThat(first).hasSameSizeAs(second);
    for (int i = 0; i < first.length; i++) {
      if (Math.abs(first[i]) > 1e-3) {
        worst = Math.max(worst, Math.abs((first[i] - second[i]) / first[i]));
      }
    }
    return worst;
  }

  private static float[] rows(HarvestResult result) throws IOException {
    try (ActivationStore store = ActivationStore.open(result.store())) {
      Shard shard = store.shards(Split.TRAIN).getFirst();
      float[] values = new float[(int) shard.rows() * TinyModel.WIDTH];
      try (java.lang.foreign.Arena arena = java.lang.foreign.Arena.ofConfined()) {
        MemorySegment target = arena.allocate(ValueLayout.JAVA_FLOAT, values.length);
        shard.copyRows(HOOK, 0, shard.rows(), target, 0);
        return target.toArray(ValueLayout.JAVA_FLOAT);
      }
    }
  }

  @Test
  void severalHooksAndShardsStayInStep() throws IOException {
    HarvestResult result =
        harvest(
            HarvestOptions.of(HOOK, "blocks.0.attn.hook_z", "logits")
                .withContextLength(16)
                .withShardBytes(40_000));

    try (ActivationStore store = ActivationStore.open(result.store())) {
      assertThat(store.shards(Split.TRAIN).size()).isGreaterThan(2);
      assertThat(store.manifest().width("logits")).isEqualTo(TinyModel.VOCABULARY);
    }
    Map<String, List<Long>> shapes = new HashMap<>();
    try (SafetensorsFile file =
        SafetensorsFile.open(result.store().resolve("train-00000.safetensors"))) {
      file.names().forEach(name -> shapes.put(name, file.info(name).shape()));
    }
    long n = shapes.get("token_ids").getFirst();
    assertThat(shapes.get("logits")).containsExactly(n, (long) TinyModel.VOCABULARY);
    assertThat(shapes.get("positions")).containsExactly(n);
  }

  @Test
  void theSameHarvestIsUsedAgainAndAnotherIsRefused() throws IOException {
    HarvestResult first = harvest(options());
    assertThat(first.reused()).isFalse();
    HarvestResult second = harvest(options());
    assertThat(second.reused()).isTrue();
    assertThat(second.rows()).isEqualTo(first.rows());
    assertThatThrownBy(() -> harvest(options().withContextLength(8)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("another model, text or options");
  }

  @Test
  void anInterruptedHarvestIsSaidSoAndMadeAnew() throws IOException {
    HarvestListener kill =
        progress -> {
          if (progress.tokens() > 500) {
            throw new IllegalStateException("killed");
          }
        };
    Path store = folder.resolve("store");
    assertThatThrownBy(
            () -> Harvester.harvest(model, TinyTokenizer.plain(), TEXT, store, options(), kill))
        .hasMessage("killed");
    assertThatThrownBy(() -> ActivationStore.open(store)).hasMessageContaining("interrupted");

    HarvestResult again = harvest(options());
    ActivationStore.open(again.store()).close();
    assertThat(again.reused()).isFalse();
  }

  @Test
  void whatIsDamagedOrNotOursIsRefused() throws IOException {
    Files.createDirectories(folder.resolve("store"));
    Files.writeString(folder.resolve("store/mine.txt"), "mine");
    assertThatThrownBy(() -> harvest(options())).hasMessageContaining("is not empty");
    Files.delete(folder.resolve("store/mine.txt"));

    Path store = harvest(options()).store();
    Path shard = store.resolve("train-00000.safetensors");
    byte[] whole = Files.readAllBytes(shard);
    Files.write(shard, java.util.Arrays.copyOf(whole, whole.length - 8));
    assertThatThrownBy(() -> ActivationStore.open(store)).hasMessageContaining("train-00000");

    byte[] altered = whole.clone();
    altered[altered.length - 1] ^= 1;
    Files.write(shard, altered);
    try (ActivationStore opened = ActivationStore.open(store)) {
      assertThatThrownBy(opened::verify).hasMessageContaining("SHA-256");
    }
    Path manifest = store.resolve("manifest.json");
    String json = Files.readString(manifest);
    Files.writeString(manifest, json.substring(0, json.length() / 2));
    assertThatThrownBy(() -> ActivationStore.open(store)).hasMessageContaining("manifest.json");
  }

  @Test
  void sinksAreRowsFarAboveTheMedian() {
    SinkRule rule = new SinkRule();
    assertThat(rule.sink(1e30)).isFalse();
    double[] norms = new double[101];
    for (int i = 0; i < norms.length; i++) {
      norms[i] = 100 + i; // median 150
    }
    rule.add(norms);
    rule.add(Double.NaN, Double.POSITIVE_INFINITY);
    assertThat(rule.sink(1450)).isFalse();
    assertThat(rule.sink(1550)).isTrue();
  }
}
