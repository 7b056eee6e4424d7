package org.sememe.analysis.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.activations.ActivationStore;
import org.sememe.activations.HarvestListener;
import org.sememe.activations.HarvestOptions;
import org.sememe.activations.Harvester;
import org.sememe.activations.Shard;
import org.sememe.activations.Split;
import org.sememe.analysis.prompt.PromptAnalysis;
import org.sememe.analysis.prompt.PromptView;
import org.sememe.models.LanguageModel;
import org.sememe.models.Models;
import org.sememe.models.testing.SeededText;
import org.sememe.models.testing.TinyModel;
import org.sememe.models.testing.TinyTokenizer;
import org.sememe.sae.ActiveLatents;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeConfig;
import org.sememe.sae.Sparsity;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;

/** An index of a tiny model's rows, against what a plain loop over the same rows counts. */
class FeatureIndexTest {
  private static final String HOOK = "blocks.1.hook_resid_post";
  private static final int LATENTS = 60;
  private static final int DEAD = 17;
  private static final TinyTokenizer TOKENIZER = TinyTokenizer.plain();

  @TempDir private static Path folder;
  private static LanguageModel model;
  private static ActivationStore store;
  private static Sae sae;
  private static FeatureIndex index;
  private static final List<Fired> FIRED = new ArrayList<>();
  private static int rows;
  private static final int[] BASE = new int[TinyModel.VOCABULARY];

  /** A firing as the plain loop found it. */
  private record Fired(
      int latent, float value, int token, Split split, int context, int position, long document) {}

  @BeforeAll
  static void build() throws IOException {
    Torch.start(2);
    model = Models.open(TinyModel.write(folder.resolve("model"), 3));
    Path harvested =
        Harvester.harvest(
                model,
                TOKENIZER,
                new SeededText(2, 120, 90),
                folder.resolve("store"),
                HarvestOptions.of(HOOK).withContextLength(20).withHeldOutShare(0.3),
                HarvestListener.none())
            .store();
    store = ActivationStore.open(harvested);
    sae = dictionary();
    for (Split split : List.of(Split.HELD_OUT, Split.TRAIN)) {
      count(split);
    }
    index = FeatureIndex.open(built("index.duckdb", IndexOptions.defaults()));
  }

  private static Path built(String name, IndexOptions options) throws IOException {
    Path file = folder.resolve(name);
    FeatureIndexBuilder.build(
        sae, store, model, TOKENIZER, file, "the stamp", options, IndexListener.none());
    return file;
  }

  private static Sae dictionary() {
    RandomStream random = RandomStream.of(9);
    float[] encoder = new float[LATENTS * TinyModel.WIDTH];
    float[] decoder = new float[encoder.length];
    for (int i = 0; i < encoder.length; i++) {
      encoder[i] = (float) random.nextGaussian();
      decoder[i] = (float) random.nextGaussian();
    }
    float[] bias = new float[LATENTS];
    bias[DEAD] = -1e6f;
    try (PointerScope scope = new PointerScope()) {
      return new Sae(
          new SaeConfig(
              TinyModel.WIDTH, LATENTS, new Sparsity.TopK(5), true, HOOK, "tiny", 1, Map.of()),
          TensorMemory.floats(encoder, LATENTS, TinyModel.WIDTH),
          TensorMemory.floats(bias, LATENTS),
          TensorMemory.floats(decoder, LATENTS, TinyModel.WIDTH),
          TensorMemory.floats(new float[TinyModel.WIDTH], TinyModel.WIDTH),
          java.util.Optional.empty());
    }
  }

  private static void count(Split split) {
    for (Shard shard : store.shards(split)) {
      int n = (int) shard.rows();
      float[][] x = new float[n][];
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment all = arena.allocate(ValueLayout.JAVA_FLOAT, (long) n * TinyModel.WIDTH);
        shard.copyRows(HOOK, 0, n, all, 0);
        for (int row = 0; row < n; row++) {
          long bytes = (long) TinyModel.WIDTH * Float.BYTES;
          x[row] = all.asSlice(row * bytes, bytes).toArray(ValueLayout.JAVA_FLOAT);
        }
      }
      List<ActiveLatents> active = sae.encode(x);
      for (int row = 0; row < n; row++) {
        int token = (int) shard.tokenIds().getAtIndex(ValueLayout.JAVA_LONG, row);
        BASE[token]++;
        rows++;
        for (int i = 0; i < active.get(row).latents().length; i++) {
          FIRED.add(
              new Fired(
                  active.get(row).latents()[i],
                  active.get(row).activations()[i],
                  token,
                  split,
                  (int) shard.contextIds().getAtIndex(ValueLayout.JAVA_LONG, row),
                  (int) shard.positions().getAtIndex(ValueLayout.JAVA_LONG, row),
                  shard.documentIds().getAtIndex(ValueLayout.JAVA_LONG, row)));
        }
      }
    }
  }

  @AfterAll
  static void close() {
    index.close();
    sae.close();
    store.close();
    model.close();
  }

  private static List<Fired> fired(int latent) {
    return FIRED.stream().filter(f -> f.latent == latent).toList();
  }

  @Test
  void numbersAreThoseOfAPlainCount() {
    assertThat(rows).isGreaterThan(3000);
    assertThat(index.summary().tokens()).isEqualTo(rows);
    int alive = 0;
    for (int latent = 0; latent < LATENTS; latent++) {
      List<Fired> expected = fired(latent);
      alive += expected.isEmpty() ? 0 : 1;
      FeatureDetail feature = index.feature(latent).orElseThrow();
      double max = expected.stream().mapToDouble(Fired::value).max().orElse(0);
      assertThat(feature.activeTokens()).isEqualTo(expected.size());
      assertThat(feature.density()).isEqualTo((double) expected.size() / rows);
      assertThat(feature.maxActivation()).isEqualTo(max);
      assertThat(feature.meanActivation())
          .isCloseTo(expected.stream().mapToDouble(Fired::value).average().orElse(0), within(1e-9));
      assertThat(feature.dead()).isEqualTo(expected.isEmpty());
      for (int i = 0; i < feature.intervals().size(); i++) {
        int here = i;
        long count =
            expected.stream().filter(f -> Math.min(7, (int) (f.value / max * 8)) == here).count();
        assertThat(feature.intervals().get(i).count()).isEqualTo(count);
      }
      assertThat(feature.histogram().counts().stream().mapToLong(Long::longValue).sum())
          .isEqualTo(expected.size());
      statistics(feature, expected);
    }
    assertThat(index.summary().alive()).isEqualTo(alive).isLessThan(LATENTS);
  }

  private static void statistics(FeatureDetail feature, List<Fired> expected) {
    Map<Integer, Long> counts = new HashMap<>();
    expected.forEach(f -> counts.merge(f.token, 1L, Long::sum));
    assertThat(feature.tokenStatistics()).hasSize(Math.min(20, counts.size()));
    long least = Long.MAX_VALUE;
    for (FeatureDetail.TokenStatistic statistic : feature.tokenStatistics()) {
      int token = TOKENIZER.encode(statistic.token()).ids()[0];
      List<Integer> sameText =
          IntStream.range(0, TinyModel.VOCABULARY)
              .filter(id -> TOKENIZER.token(id).equals(statistic.token()))
              .boxed()
              .toList();
      int id = sameText.size() == 1 ? sameText.getFirst() : token;
      assertThat(statistic.count()).isEqualTo(counts.get(id)).isLessThanOrEqualTo(least);
      assertThat(statistic.baseCount()).isEqualTo(BASE[id]);
      assertThat(statistic.lift())
          .isCloseTo(
              ((double) statistic.count() / expected.size()) / ((double) BASE[id] / rows),
              within(1e-9));
      least = statistic.count();
    }
  }

  @Test
  void examplesShowTheContextAndEveryActivationInIt() {
    for (int latent = 0; latent < LATENTS; latent++) {
      List<Fired> all = fired(latent);
      FeatureDetail feature = index.feature(latent).orElseThrow();
      Set<List<Object>> places = new HashSet<>();
      Map<Long, Integer> perDocument = new HashMap<>();
      double last = Double.POSITIVE_INFINITY;
      for (FeatureExample example : feature.examples()) {
        Split split = Split.of(example.split().orElseThrow());
        long document = Long.parseLong(example.document().orElseThrow().substring(9));
        Fired peak =
            all.stream()
                .filter(
                    f ->
                        f.split == split
                            && f.document == document
                            && f.position == example.peak()
                            && f.value == example.activation())
                .findFirst()
                .orElseThrow();
        int[] tokens = store.contexts(split).tokens(peak.context);
        assertThat(example.tokens())
            .isEqualTo(Arrays.stream(tokens).mapToObj(TOKENIZER::token).toList());
        float[] expected = new float[tokens.length];
        all.stream()
            .filter(f -> f.split == split && f.context == peak.context)
            .forEach(f -> expected[f.position] = f.value);
        assertThat(example.activations()).isEqualTo(expected);
        assertThat(places.add(List.of(split, peak.context, peak.position))).isTrue();
        if (example.group().equals("top")) {
          assertThat(example.activation()).isLessThanOrEqualTo(last);
          last = example.activation();
          assertThat(perDocument.merge(document, 1, Integer::sum)).isLessThanOrEqualTo(2);
        }
      }
      if (!all.isEmpty()) {
        assertThat(feature.examples().getFirst().activation()).isEqualTo(feature.maxActivation());
      }
      long top = feature.examples().stream().filter(e -> e.group().equals("top")).count();
      long contexts = all.stream().map(f -> List.of(f.split, f.context)).distinct().count();
      assertThat(top).isLessThanOrEqualTo(Math.min(12, contexts));
    }
  }

  @Test
  void neighboursAndLogitEffectsAreThoseOfTheMatrices() {
    double[][] decoder = rows(sae.decoder());
    double[][] unembedding = rows(model.unembedding());
    double[] norm = TensorMemory.doubles(model.finalNormWeight());
    for (int latent : new int[] {0, DEAD, LATENTS - 1}) {
      FeatureDetail feature = index.feature(latent).orElseThrow();
      int own = latent;
      List<Double> cosines =
          IntStream.range(0, LATENTS)
              .filter(other -> other != own)
              .mapToObj(other -> cosine(decoder[own], decoder[other]))
              .sorted((a, b) -> Double.compare(b, a))
              .toList();
      for (int i = 0; i < 10; i++) {
        FeatureDetail.Neighbour neighbour = feature.neighbours().get(i);
        assertThat(neighbour.cosine()).isCloseTo(cosines.get(i), within(1e-5));
        assertThat(neighbour.cosine())
            .isCloseTo(cosine(decoder[own], decoder[neighbour.latent()]), within(1e-5));
      }
      double[] effects = new double[TinyModel.VOCABULARY];
      for (int token = 0; token < effects.length; token++) {
        for (int j = 0; j < norm.length; j++) {
          effects[token] += decoder[own][j] * norm[j] * unembedding[token][j];
        }
      }
      double[] sorted = Arrays.stream(effects).sorted().toArray();
      for (int i = 0; i < 10; i++) {
        assertThat(feature.logits().raised().get(i).effect())
            .isCloseTo(sorted[sorted.length - 1 - i], within(1e-4));
        assertThat(feature.logits().lowered().get(i).effect()).isCloseTo(sorted[i], within(1e-4));
      }
    }
  }

  private static double[][] rows(Tensor matrix) {
    double[] flat = TensorMemory.doubles(matrix);
    int width = (int) matrix.size(1);
    return IntStream.range(0, flat.length / width)
        .mapToObj(row -> Arrays.copyOfRange(flat, row * width, (row + 1) * width))
        .toArray(double[][]::new);
  }

  private static double cosine(double[] a, double[] b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      ab += a[i] * b[i];
      aa += a[i] * a[i];
      bb += b[i] * b[i];
    }
    return ab / Math.sqrt(aa * bb);
  }

  private static FeatureQuery query(
      String search, FeatureQuery.Sort sort, FeatureQuery.Status status, long offset, int limit) {
    return new FeatureQuery(
        search, sort, true, status, FeatureQuery.Range.ANY, FeatureQuery.Range.ANY, offset, limit);
  }

  @Test
  void listsAreSortedFilteredSearchedAndPaged() {
    FeatureList alive =
        index.list(query("", FeatureQuery.Sort.DENSITY, FeatureQuery.Status.ALIVE, 0, 200));
    assertThat(alive.total()).isEqualTo(index.summary().alive());
    assertThat(alive.features().stream().map(FeatureList.Row::density).toList())
        .isSortedAccordingTo((a, b) -> Double.compare(b, a));
    assertThat(alive.features()).allMatch(row -> row.example().isPresent());

    FeatureList page =
        index.list(query("", FeatureQuery.Sort.DENSITY, FeatureQuery.Status.ALIVE, 7, 5));
    assertThat(page.features().stream().map(FeatureList.Row::latent).toList())
        .isEqualTo(alive.features().subList(7, 12).stream().map(FeatureList.Row::latent).toList());

    FeatureList dead =
        index.list(query("", FeatureQuery.Sort.LATENT, FeatureQuery.Status.DEAD, 0, 200));
    assertThat(dead.features()).anyMatch(row -> row.latent() == DEAD && row.dead());

    FeatureList found =
        index.list(query("Q", FeatureQuery.Sort.LATENT, FeatureQuery.Status.ALL, 0, 200));
    int q = TOKENIZER.encode("q").ids()[0];
    for (FeatureList.Row row : found.features()) {
      assertThat(fired(row.latent())).anyMatch(f -> f.token == q);
    }
    double middle = alive.features().get(20).density();
    FeatureList ranged =
        index.list(
            new FeatureQuery(
                "",
                FeatureQuery.Sort.MAX_ACTIVATION,
                false,
                FeatureQuery.Status.ALL,
                new FeatureQuery.Range(OptionalDouble.of(middle), OptionalDouble.empty()),
                FeatureQuery.Range.ANY,
                0,
                200));
    assertThat(ranged.total())
        .isEqualTo(alive.features().stream().filter(row -> row.density() >= middle).count());
    assertThat(ranged.features().stream().map(FeatureList.Row::maxActivation).toList()).isSorted();
    assertThat(index.feature(LATENTS)).isEmpty();
    assertThat(index.feature(-1)).isEmpty();
  }

  @Test
  void theSameInputsGiveTheSameAnswersAndAnotherSeedOtherExamples() throws IOException {
    IndexOptions d = IndexOptions.defaults();
    IndexOptions reseeded =
        new IndexOptions(
            d.rows(),
            d.bins(),
            d.intervals(),
            d.strongest(),
            d.perDocument(),
            d.perInterval(),
            d.tokens(),
            d.labelTokens(),
            d.effects(),
            d.neighbours(),
            77);
    try (FeatureIndex same = FeatureIndex.open(built("same.duckdb", d));
        FeatureIndex other = FeatureIndex.open(built("other.duckdb", reseeded))) {
      assertThat(same.stamp()).isEqualTo("the stamp");
      int differ = 0;
      for (int latent = 0; latent < LATENTS; latent++) {
        FeatureDetail first = index.feature(latent).orElseThrow();
        assertThat(same.feature(latent).orElseThrow()).usingRecursiveComparison().isEqualTo(first);
        List<Double> a = first.examples().stream().map(FeatureExample::activation).toList();
        List<Double> b =
            other.feature(latent).orElseThrow().examples().stream()
                .map(FeatureExample::activation)
                .toList();
        differ += a.equals(b) ? 0 : 1;
      }
      assertThat(differ).isGreaterThan(LATENTS / 2);
    }
  }

  @Test
  void aRowLimitKeepsWholeContextsAndHeldOutOnesFirst() throws IOException {
    try (FeatureIndex small =
        FeatureIndex.open(built("small.duckdb", IndexOptions.defaults().withRows(100)))) {
      assertThat(small.summary().tokens()).isBetween(100L, 119L);
      for (int latent = 0; latent < LATENTS; latent++) {
        assertThat(small.feature(latent).orElseThrow().examples())
            .allMatch(example -> example.split().orElseThrow().equals("held_out"));
      }
    }
  }

  @Test
  void whatIsNoIndexIsRefusedInOneLine() throws IOException {
    assertThatThrownBy(() -> FeatureIndex.open(folder.resolve("none")))
        .isInstanceOf(NoSuchFileException.class);
    byte[] whole = Files.readAllBytes(folder.resolve("index.duckdb"));
    for (int length : new int[] {0, 100, 5000, whole.length / 2}) {
      Path cut = folder.resolve("cut-" + length);
      Files.write(cut, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> FeatureIndex.open(cut))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(cut.toString())
          .hasMessageContaining("build it again");
    }
  }

  @Test
  void aPromptShowsWhatTheDictionarySaysOfItsRows() {
    try (PromptView view = new PromptView(model, TOKENIZER, sae, index)) {
      PromptAnalysis analysis = view.analyse("hello sememe");
      assertThat(analysis.tokens()).hasSize(12);
      assertThat(analysis.tokens().getFirst().excluded()).isTrue();
      assertThat(analysis.tokens().getFirst().features()).isEmpty();
      assertThat(analysis.tokens().stream().skip(1))
          .allMatch(token -> token.features().size() <= 5 && !token.features().isEmpty());
      PromptAnalysis.Strength strongest = analysis.features().getFirst();
      assertThat(strongest.activation())
          .isEqualTo(
              analysis.tokens().stream()
                  .flatMap(token -> token.features().stream())
                  .mapToDouble(PromptAnalysis.Active::activation)
                  .max()
                  .orElseThrow());
      assertThat(view.analyse("x".repeat(500)).truncated()).isTrue();
      assertThatThrownBy(() -> view.analyse("")).hasMessageContaining("no tokens");
    }
  }
}
