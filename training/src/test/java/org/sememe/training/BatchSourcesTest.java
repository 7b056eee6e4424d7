package org.sememe.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.activations.ActivationStore;
import org.sememe.activations.ContextRule;
import org.sememe.activations.HarvestListener;
import org.sememe.activations.HarvestOptions;
import org.sememe.activations.Harvester;
import org.sememe.activations.Shard;
import org.sememe.activations.Split;
import org.sememe.models.LanguageModel;
import org.sememe.models.Models;
import org.sememe.models.testing.SeededText;
import org.sememe.models.testing.TinyModel;
import org.sememe.models.testing.TinyTokenizer;
import org.sememe.tensors.Torch;

/** Rows from a store, and the same rows straight from the model. */
class BatchSourcesTest {
  private static final String HOOK = "blocks.1.hook_resid_post";
  private static final ContextRule RULE = new ContextRule(16, true, 0.2, 0);
  private static final SeededText TEXT = new SeededText(3, 40, 60);

  @TempDir private static Path folder;
  private static LanguageModel model;
  private static ActivationStore store;

  @BeforeAll
  static void harvest() throws IOException {
    Torch.start(2);
    model = Models.open(TinyModel.write(folder.resolve("model"), 2));
    store =
        ActivationStore.open(
            Harvester.harvest(
                    model,
                    TinyTokenizer.plain(),
                    TEXT,
                    folder.resolve("store"),
                    HarvestOptions.of(HOOK)
                        .withContextLength(16)
                        .withHeldOutShare(0.2)
                        .withShardBytes(20_000),
                    HarvestListener.none())
                .store());
  }

  @AfterAll
  static void close() {
    store.close();
    model.close();
  }

  private static BatchSource stored(long seed) {
    return new StoreBatches(store, HOOK, seed, NonFinite.SKIP);
  }

  private static BatchSource streamed(long seed) throws IOException {
    return ModelBatches.of(
        model, TinyTokenizer.plain(), TEXT, List.of(HOOK), RULE, 7, seed, NonFinite.SKIP);
  }

  private static List<float[]> rows(BatchSource source, int count) {
    List<float[]> rows = new ArrayList<>();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment row = arena.allocate(ValueLayout.JAVA_FLOAT, source.width());
      for (int i = 0; i < count; i++) {
        assertThat(source.next(row)).isTrue();
        rows.add(row.toArray(ValueLayout.JAVA_FLOAT));
      }
    }
    return rows;
  }

  /**
   * Rows as texts, to be compared as bags: rounded, for batches of another shape differ a little.
   */
  private static List<String> bag(List<float[]> rows) {
    return rows.stream()
        .map(
            row -> {
              StringBuilder text = new StringBuilder();
              for (float value : row) {
                text.append(Math.round(value * 50)).append(' ');
              }
              return text.toString();
            })
        .sorted()
        .toList();
  }

  @Test
  void aPassHoldsEveryTrainRowOnceFromEitherSource() throws IOException {
    int count = (int) store.manifest().counts(Split.TRAIN).rows();
    try (BatchSource first = stored(1);
        BatchSource other = stored(2);
        BatchSource direct = streamed(1)) {
      List<float[]> pass = rows(first, count);
      List<float[]> next = rows(first, count);
      assertThat(bag(pass)).isEqualTo(bag(next)).isEqualTo(bag(rows(other, count)));
      assertThat(pass.getFirst()).isNotEqualTo(next.getFirst());
      List<String> ours = bag(pass);
      List<String> theirs = new ArrayList<>(bag(rows(direct, count)));
      int same = 0;
      for (String row : ours) {
        same += theirs.remove(row) ? 1 : 0;
      }
      assertThat(same).isGreaterThan((int) (0.98 * count)); // but for roundings at an edge
    }
  }

  @Test
  void aSourceGoesOnFromWhereItWas() throws IOException {
    for (int before : new int[] {0, 1, 50, 104, 105, 300, 2000}) {
      try (BatchSource whole = stored(5);
          BatchSource again = stored(5)) {
        rows(whole, before);
        again.seek(whole.position());
        assertThat(rows(again, 40)).usingRecursiveComparison().isEqualTo(rows(whole, 40));
      }
      try (BatchSource whole = streamed(5);
          BatchSource again = streamed(5)) {
        rows(whole, before);
        rows(again, 17);
        again.seek(whole.position());
        assertThat(rows(again, 130)).usingRecursiveComparison().isEqualTo(rows(whole, 130));
      }
    }
  }

  private static BatchSource shuffled(Shuffle shuffle) {
    return new StoreBatches(store, List.of(HOOK), 5, shuffle, NonFinite.SKIP, 1);
  }

  @Test
  void everyShuffleGoesOnFromWhereItWasAndItsTextSaysIt() {
    for (String text : List.of("full", "buffer:64", "buffer:1", "buffer:1000000", "none")) {
      Shuffle shuffle = Shuffle.of(text);
      assertThat(shuffle.text()).isEqualTo(text);
      for (int before : new int[] {0, 1, 63, 64, 100, 1500}) {
        try (BatchSource whole = shuffled(shuffle);
            BatchSource again = shuffled(shuffle)) {
          rows(whole, before);
          rows(again, 17);
          again.seek(whole.position());
          assertThat(rows(again, 130)).usingRecursiveComparison().isEqualTo(rows(whole, 130));
        }
      }
    }
    for (String wrong : List.of("", "half", "buffer", "buffer:", "buffer:x", "buffer:0")) {
      assertThatThrownBy(() -> Shuffle.of(wrong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(wrong.equals("buffer:0") ? "at least 1 row" : "buffer:ROWS");
    }
  }

  @Test
  void aBufferMixesItsOwnRowsOnlyAndNoShuffleNone() {
    int count = (int) store.manifest().counts(Split.TRAIN).rows();
    int buffer = 64;
    try (BatchSource none = shuffled(new Shuffle.None());
        BatchSource buffered = shuffled(new Shuffle.Buffer(buffer))) {
      List<float[]> plain = rows(none, 2 * count);
      List<float[]> first = rows(buffered, count);
      List<float[]> second = rows(buffered, count);
      Shard shard = store.shards(Split.TRAIN).getFirst();
      for (int row = 0; row < shard.rows(); row++) {
        assertThat(plain.get(row))
            .isEqualTo(
                shard
                    .activations(HOOK)
                    .asSlice(
                        (long) row * TinyModel.WIDTH * Float.BYTES, TinyModel.WIDTH * Float.BYTES)
                    .toArray(ValueLayout.JAVA_FLOAT));
      }
      assertThat(plain.subList(count, 2 * count))
          .usingRecursiveComparison()
          .isEqualTo(plain.subList(0, count));
      for (int from = 0; from < count; from += buffer) {
        int to = Math.min(count, from + buffer);
        List<String> same = bag(plain.subList(from, to));
        assertThat(bag(first.subList(from, to))).isEqualTo(same);
        assertThat(bag(second.subList(from, to))).isEqualTo(same);
      }
      int moved = 0;
      int again = 0;
      for (int row = 0; row < count; row++) {
        moved += Arrays.equals(first.get(row), plain.get(row)) ? 0 : 1;
        again += Arrays.equals(first.get(row), second.get(row)) ? 0 : 1;
      }
      assertThat(moved).isGreaterThan(9 * count / 10);
      assertThat(again).as("a pass has an order of its own").isGreaterThan(9 * count / 10);
    }
  }

  private static boolean matches(
      List<float[]> kept, List<Long> contexts, int start, int length, float[] values) {
    int width = values.length / length;
    boolean same = true;
    for (int i = 0; i < length; i++) {
      float[] row = Arrays.copyOfRange(values, i * width, (i + 1) * width);
      same &=
          Arrays.equals(kept.get(start + i), row)
              && contexts.get(start + i).equals(contexts.get(start));
    }
    return same;
  }

  /** Each sequence is rows of one context, as they follow in the store; a pass has each once. */
  @Test
  void sequencesAreRowsOfOneContextInOrder() {
    int length = 4;
    List<float[]> kept = new ArrayList<>();
    List<Long> contexts = new ArrayList<>();
    for (Shard shard : store.shards(Split.TRAIN)) {
      for (long row = 0; row < shard.rows(); row++) {
        kept.add(
            shard
                .activations(HOOK)
                .asSlice(row * TinyModel.WIDTH * Float.BYTES, TinyModel.WIDTH * Float.BYTES)
                .toArray(ValueLayout.JAVA_FLOAT));
        contexts.add(shard.contextIds().getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, row));
      }
    }
    try (BatchSource source = new StoreBatches(store, List.of(HOOK), 3, NonFinite.SKIP, length)) {
      assertThat(source.together()).isEqualTo(length);
      int found = 0;
      List<Integer> starts = new ArrayList<>();
      try (Arena arena = Arena.ofShared()) {
        MemorySegment rows = arena.allocate(ValueLayout.JAVA_FLOAT, (long) length * source.width());
        while (found < kept.size() / length / 2) {
          source.next(rows);
          float[] values = rows.toArray(ValueLayout.JAVA_FLOAT);
          int start = 0; // contexts that begin alike have rows that are alike
          while (starts.contains(start) || !matches(kept, contexts, start, length, values)) {
            start++;
          }
          starts.add(start);
          found++;
        }
      }
      assertThat(starts).hasSize(found);
    }
    assertThatThrownBy(() -> new StoreBatches(store, List.of(HOOK), 3, NonFinite.SKIP, 17))
        .hasMessageContaining("no context has 17 rows");
  }

  @Test
  void textWithoutTrainRowsIsSaidSo() {
    assertThatThrownBy(
            () -> {
              try (BatchSource empty =
                  ModelBatches.of(
                      model,
                      TinyTokenizer.plain(),
                      new SeededText(1, 1, 1),
                      List.of(HOOK),
                      RULE,
                      7,
                      0,
                      NonFinite.SKIP)) {
                rows(empty, 1);
              }
            })
        .hasMessageContaining("no train rows");
    assertThatThrownBy(() -> new StoreBatches(store, "blocks.0.hook_mlp_out", 0, NonFinite.SKIP))
        .hasMessageContaining("no hook")
        .hasMessageContaining(HOOK);
  }

  @Test
  void rowsThatAreNotFiniteAreSeen() {
    float[] row = new float[33];
    assertThat(StoreBatches.finite(MemorySegment.ofArray(row))).isTrue();
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      for (int at = 0; at < row.length; at++) {
        float[] damaged = row.clone();
        damaged[at] = bad;
        assertThat(StoreBatches.finite(MemorySegment.ofArray(damaged))).isFalse();
      }
    }
    float[] huge = new float[33];
    Arrays.fill(huge, Float.MAX_VALUE);
    assertThat(StoreBatches.finite(MemorySegment.ofArray(huge))).isTrue();
  }
}
