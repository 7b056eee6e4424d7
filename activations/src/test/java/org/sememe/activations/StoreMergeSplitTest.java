package org.sememe.activations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sememe.models.LanguageModel;
import org.sememe.models.Models;
import org.sememe.models.testing.SeededText;
import org.sememe.models.testing.TinyModel;
import org.sememe.models.testing.TinyTokenizer;
import org.sememe.tensors.Torch;

/** Stores put together and cut: every row keeps its values, its token, its place and its text. */
class StoreMergeSplitTest {
  private static final String FIRST = "blocks.0.hook_resid_post";
  private static final String SECOND = "blocks.1.hook_mlp_out";

  @TempDir private static Path models;
  private static LanguageModel model;

  @TempDir private Path folder;

  /** A row with all that is known of it, by value. */
  private record Row(
      Split split,
      long token,
      long position,
      String document,
      List<Integer> context,
      String bits) {}

  @BeforeAll
  static void open() throws IOException {
    Torch.start(2);
    model = Models.open(TinyModel.write(models.resolve("tiny"), 5));
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private Path store(String name, int seed, UnaryOperator<HarvestOptions> change)
      throws IOException {
    HarvestOptions options =
        HarvestOptions.of(FIRST, SECOND).withContextLength(16).withHeldOutShare(0.3);
    return Harvester.harvest(
            model,
            TinyTokenizer.plain(),
            new SeededText(seed, 30, 60),
            folder.resolve(name),
            change.apply(options),
            HarvestListener.none())
        .store();
  }

  private static List<Row> rows(Path folder) throws IOException {
    List<Row> rows = new ArrayList<>();
    try (ActivationStore store = ActivationStore.open(folder);
        Arena arena = Arena.ofConfined()) {
      store.verify();
      for (Split split : Split.values()) {
        for (Shard shard : store.shards(split)) {
          for (long r = 0; r < shard.rows(); r++) {
            StringBuilder bits = new StringBuilder();
            for (String hook : store.manifest().hooks().keySet()) {
              MemorySegment row = arena.allocate(ValueLayout.JAVA_FLOAT, shard.width(hook));
              shard.copyRows(hook, r, 1, row, 0);
              for (float value : row.toArray(ValueLayout.JAVA_FLOAT)) {
                bits.append(Integer.toHexString(Float.floatToRawIntBits(value)));
              }
            }
            int context = (int) at(shard.contextIds(), r);
            List<Integer> tokens = new ArrayList<>();
            for (int token : store.contexts(split).tokens(context)) {
              tokens.add(token);
            }
            rows.add(
                new Row(
                    split,
                    at(shard.tokenIds(), r),
                    at(shard.positions(), r),
                    store.documentNames().get((int) at(shard.documentIds(), r)),
                    tokens,
                    bits.toString()));
          }
        }
      }
    }
    return rows;
  }

  private static long at(MemorySegment column, long row) {
    return column.getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, row);
  }

  private static List<Row> of(Split split, List<List<Row>> stores) {
    return stores.stream().flatMap(List::stream).filter(row -> row.split() == split).toList();
  }

  @ParameterizedTest
  @EnumSource(StoreType.class)
  void aMergeHoldsTheRowsOfEachInOrder(StoreType type) throws IOException {
    Path a = store("a", 1, o -> o.withDtype(type));
    Path b = store("b", 2, o -> o.withDtype(type).withShardBytes(4_000));

    HarvestResult merged = StoreMerge.merge(List.of(a, b), folder.resolve("both"));

    List<List<Row>> each = List.of(rows(a), rows(b));
    List<Row> all = new ArrayList<>(of(Split.TRAIN, each));
    all.addAll(of(Split.HELD_OUT, each));
    assertThat(rows(merged.store())).isEqualTo(all).hasSizeGreaterThan(100);
    assertThat(merged.rows()).isEqualTo(all.size());
    try (ActivationStore one = ActivationStore.open(a);
        ActivationStore two = ActivationStore.open(b);
        ActivationStore both = ActivationStore.open(merged.store())) {
      assertThat(both.manifest().tokens())
          .isEqualTo(one.manifest().tokens() + two.manifest().tokens());
      assertThat(both.manifest().documents()).isEqualTo(60);
      assertThat(both.manifest().sinksExcluded())
          .isEqualTo(one.manifest().sinksExcluded() + two.manifest().sinksExcluded());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 7})
  void partsHoldTheWholeBetweenThem(int parts) throws IOException {
    Path whole = store("whole", 3, o -> o);

    List<HarvestResult> cut = StoreSplit.split(whole, parts, folder.resolve("parts"));

    List<List<Row>> each = new ArrayList<>();
    long sinks = 0;
    for (HarvestResult part : cut) {
      each.add(rows(part.store()));
      sinks += part.sinksExcluded();
    }
    assertThat(each).hasSize(parts);
    for (Split split : Split.values()) {
      assertThat(of(split, each)).isEqualTo(of(split, List.of(rows(whole))));
    }
    assertThat(sinks).isEqualTo(ActivationStore.open(whole).manifest().sinksExcluded());
    HarvestResult again =
        StoreMerge.merge(cut.stream().map(HarvestResult::store).toList(), folder.resolve("again"));
    assertThat(rows(again.store())).isEqualTo(rows(whole));
  }

  @Test
  void whatIsThereIsUsedAndWhatWasInterruptedIsMadeAnew() throws IOException {
    List<Path> stores = List.of(store("a", 1, o -> o), store("b", 2, o -> o));
    Path out = folder.resolve("both");
    assertThat(StoreMerge.merge(stores, out).reused()).isFalse();
    assertThat(StoreMerge.merge(stores, out).reused()).isTrue();
    List<Row> expected = rows(out);

    Path manifest = out.resolve(ActivationStore.MANIFEST);
    Files.writeString(
        manifest,
        Files.readString(manifest).replace("\"complete\" : true", "\"complete\" : false"));

    assertThat(StoreMerge.merge(stores, out).reused()).isFalse();
    assertThat(rows(out)).isEqualTo(expected);
  }

  @Test
  void storesThatDoNotAgreeAreNotMerged() throws IOException {
    Path a = store("a", 1, o -> o);

    refused(List.of(a, store("seed", 2, o -> o.withSeed(9))), "its seed is 9");
    refused(List.of(a, store("dtype", 2, o -> o.withDtype(StoreType.BF16))), "its dtype is");
    refused(List.of(a, store("same", 1, o -> o.withBatch(3))), "holds the same text");
    assertThatThrownBy(() -> StoreMerge.merge(List.of(a), folder.resolve("x")))
        .hasMessageContaining("two stores or more");
    assertThatThrownBy(() -> StoreSplit.split(a, 100_000, folder.resolve("x")))
        .hasMessageContaining("parts: 100000 is not from 2 to");
  }

  private void refused(List<Path> stores, String why) {
    assertThatThrownBy(() -> StoreMerge.merge(stores, folder.resolve("out")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(stores.get(1) + ": ")
        .hasMessageContaining(why);
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void verifyFindsARowThatIsNotItsContexts() throws IOException {
    Path store = store("a", 1, o -> o);
    Path other = store("b", 2, o -> o);
    // The contexts of another text with the same counts would pass every check of shapes.
    try (ActivationStore opened = ActivationStore.open(store);
        ActivationStore wrong = ActivationStore.open(other)) {
      Shard shard = opened.shards(Split.TRAIN).getFirst();
      new RowOrigins(shard, opened.contexts(Split.TRAIN)).check(store);
      assertThatThrownBy(() -> new RowOrigins(shard, wrong.contexts(Split.TRAIN)).check(store))
          .hasMessageContaining("harvest the store again");
    }
  }
}
