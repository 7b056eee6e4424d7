package org.sememe.analysis.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.sememe.analysis.index.TinyIndex.DEAD;
import static org.sememe.analysis.index.TinyIndex.HOOK;
import static org.sememe.analysis.index.TinyIndex.LATENTS;
import static org.sememe.analysis.index.TinyIndex.TOKENIZER;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.activations.Split;
import org.sememe.analysis.index.TinyIndex.Fired;
import org.sememe.models.testing.TinyModel;
import org.sememe.tensors.TensorMemory;

/** Every number of an index of a tiny model's rows, against plain loops over the same rows. */
class FeatureIndexNumbersTest {
  private static final IndexOptions OPTIONS = IndexOptions.defaults();

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

  private static FeatureDetail feature(int latent) {
    return index.feature(latent).orElseThrow();
  }

  @Test
  void countsAndActivations() {
    assertThat(tiny.rows()).isGreaterThan(3000);
    double[][] encoder = rows(tiny.sae().encoder());
    for (int latent = 0; latent < LATENTS; latent++) {
      List<Fired> fired = tiny.fired(latent);
      FeatureDetail feature = feature(latent);
      double max = fired.stream().mapToDouble(Fired::value).max().orElse(0);
      assertThat(feature.activeTokens()).isEqualTo(fired.size());
      assertThat(feature.tokens()).isEqualTo(tiny.rows());
      assertThat(feature.density()).isEqualTo((double) fired.size() / tiny.rows());
      assertThat(feature.maxActivation()).isEqualTo(max);
      assertThat(feature.meanActivation())
          .isCloseTo(fired.stream().mapToDouble(Fired::value).average().orElse(0), within(1e-9));
      assertThat(feature.norm().orElseThrow())
          .isCloseTo(Math.sqrt(dot(encoder[latent], encoder[latent])), within(1e-5));
      assertThat(feature.dead()).isEqualTo(fired.isEmpty());
      if (fired.isEmpty()) {
        assertThat(feature.histogram().counts()).isEmpty();
        assertThat(feature.intervals()).isEmpty();
        assertThat(feature.examples()).isEmpty();
        assertThat(feature.topTokens()).isEmpty();
        assertThat(feature.tokenStatistics()).isEmpty();
        continue;
      }
      assertThat(feature.histogram().counts()).isEqualTo(counts(fired, max, OPTIONS.bins()));
      assertThat(feature.intervals().stream().map(FeatureDetail.Interval::count).toList())
          .isEqualTo(counts(fired, max, OPTIONS.intervals()));
      for (int i = 0; i < OPTIONS.intervals(); i++) {
        FeatureDetail.Interval interval = feature.intervals().get(i);
        assertThat(interval.low()).isCloseTo(max / OPTIONS.intervals() * i, within(1e-9));
        assertThat(interval.high()).isCloseTo(max / OPTIONS.intervals() * (i + 1), within(1e-9));
      }
    }
    assertThat(tiny.fired(DEAD)).isEmpty();
  }

  private static List<Long> counts(List<Fired> fired, double max, int bins) {
    return IntStream.range(0, bins)
        .mapToObj(bin -> fired.stream().filter(f -> bin(f, max, bins) == bin).count())
        .toList();
  }

  private static int bin(Fired f, double max, int bins) {
    return Math.min(bins - 1, (int) (f.value() / max * bins));
  }

  @Test
  void tokensAndLabels() {
    for (int latent = 0; latent < LATENTS; latent++) {
      List<Fired> fired = tiny.fired(latent);
      Map<Integer, Long> counts =
          fired.stream().collect(Collectors.groupingBy(Fired::token, Collectors.counting()));
      Map<Integer, Double> sums =
          fired.stream()
              .collect(Collectors.groupingBy(Fired::token, Collectors.summingDouble(Fired::value)));
      Map<Integer, Double> lifts = new HashMap<>();
      counts.forEach(
          (token, count) ->
              lifts.put(
                  token,
                  ((double) count / fired.size()) / ((double) tiny.base(token) / tiny.rows())));
      List<FeatureDetail.TokenStatistic> expected =
          counts.keySet().stream()
              .sorted(
                  Comparator.comparing((Integer token) -> -counts.get(token)).thenComparing(t -> t))
              .limit(OPTIONS.tokens())
              .map(
                  token ->
                      new FeatureDetail.TokenStatistic(
                          TOKENIZER.token(token),
                          counts.get(token),
                          (double) counts.get(token) / fired.size(),
                          lifts.get(token),
                          tiny.base(token)))
              .toList();
      assertThat(feature(latent).tokenStatistics()).isEqualTo(expected);
      boolean repeated = counts.values().stream().anyMatch(count -> count > 1);
      List<String> label =
          counts.keySet().stream()
              .filter(token -> !repeated || counts.get(token) > 1)
              .sorted(
                  Comparator.comparing(
                          (Integer token) -> -sums.get(token) * Math.log(lifts.get(token)))
                      .thenComparing(t -> t))
              .limit(OPTIONS.labelTokens())
              .map(TOKENIZER::token)
              .toList();
      assertThat(feature(latent).topTokens()).isEqualTo(label);
    }
  }

  @Test
  void theStrongestExamplesAreTheStrongestOfDifferentContexts() {
    for (int latent = 0; latent < LATENTS; latent++) {
      List<Fired> fired = tiny.fired(latent);
      List<Fired> shown =
          feature(latent).examples().stream()
              .filter(example -> example.group().equals("top"))
              .map(example -> peak(fired, example))
              .toList();
      assertThat(shown).isEqualTo(strongest(fired));
    }
  }

  @Test
  void everyIntervalHasARandomFewOfItsOwn() {
    for (int latent = 0; latent < LATENTS; latent++) {
      List<Fired> fired = tiny.fired(latent);
      FeatureDetail feature = feature(latent);
      Set<Fired> strongest = new HashSet<>(strongest(fired));
      Map<Integer, Set<Fired>> shown = new HashMap<>();
      int last = OPTIONS.intervals();
      for (FeatureExample example : feature.examples()) {
        assertThat(example.id()).isEqualTo(feature.examples().indexOf(example));
        Fired peak = peak(fired, example);
        assertThat(example.interval())
            .isEqualTo(bin(peak, feature.maxActivation(), OPTIONS.intervals()));
        if (example.group().equals("interval")) {
          assertThat(example.interval()).isLessThanOrEqualTo(last);
          last = example.interval();
          assertThat(strongest).doesNotContain(peak);
          assertThat(shown.computeIfAbsent(last, i -> new HashSet<>()).add(peak)).isTrue();
        }
      }
      for (int i = 0; i < feature.intervals().size(); i++) {
        int here = i;
        long rest =
            fired.stream()
                .filter(f -> bin(f, feature.maxActivation(), OPTIONS.intervals()) == here)
                .filter(f -> !strongest.contains(f))
                .count();
        assertThat(shown.getOrDefault(i, Set.of()))
            .hasSize((int) Math.min(OPTIONS.perInterval(), rest));
      }
    }
  }

  private static List<Fired> strongest(List<Fired> fired) {
    List<Fired> chosen = new ArrayList<>();
    fired.stream()
        .sorted(Comparator.comparing((Fired f) -> -f.value()).thenComparing(Fired::row))
        .forEach(
            f -> {
              boolean seen =
                  chosen.stream()
                      .anyMatch(c -> c.split() == f.split() && c.context() == f.context());
              long ofDocument = chosen.stream().filter(c -> c.document() == f.document()).count();
              if (chosen.size() < OPTIONS.strongest()
                  && !seen
                  && ofDocument < OPTIONS.perDocument()) {
                chosen.add(f);
              }
            });
    return chosen;
  }

  /** The firing that an example shows: by its tokens and activations, not by its place alone. */
  private static Fired peak(List<Fired> fired, FeatureExample example) {
    Split split = Split.of(example.split().orElseThrow());
    List<Fired> found =
        fired.stream()
            .filter(f -> f.split() == split && f.position() == example.peak())
            .filter(f -> f.value() == example.activation())
            .filter(f -> example.document().orElseThrow().equals("document " + f.document()))
            .filter(f -> example.tokens().equals(texts(f)))
            .filter(f -> Arrays.equals(example.activations(), activations(fired, f)))
            .toList();
    assertThat(found).hasSize(1);
    return found.getFirst();
  }

  private static List<String> texts(Fired f) {
    int[] tokens = tiny.store().contexts(f.split()).tokens(f.context());
    return Arrays.stream(tokens).mapToObj(TOKENIZER::token).toList();
  }

  private static float[] activations(List<Fired> fired, Fired peak) {
    float[] all = new float[texts(peak).size()];
    fired.stream()
        .filter(f -> f.split() == peak.split() && f.context() == peak.context())
        .forEach(f -> all[f.position()] = f.value());
    return all;
  }

  @Test
  void aLongContextIsCutAroundThePeak() throws SQLException, IOException {
    int around = 4;
    Path copy = folder.resolve("copy.duckdb"); // DuckDB opens a file in one mode at a time
    Files.copy(folder.resolve("index.duckdb"), copy);
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:" + copy)) {
      Vocabulary vocabulary = Vocabulary.read(connection);
      int cutOnBothSides = 0;
      for (FeatureExample whole : feature(0).examples()) {
        FeatureExample cut = new ExampleQuery(connection, around).of(0, vocabulary).get(whole.id());
        int from = Math.max(0, whole.peak() - around);
        int to = Math.min(whole.tokens().size(), whole.peak() + around + 1);
        assertThat(cut.tokens()).isEqualTo(whole.tokens().subList(from, to));
        assertThat(cut.activations()).isEqualTo(Arrays.copyOfRange(whole.activations(), from, to));
        assertThat(cut.activations()[cut.peak()]).isEqualTo((float) cut.activation());
        cutOnBothSides += cut.tokens().size() == 2 * around + 1 ? 1 : 0;
      }
      assertThat(cutOnBothSides).isPositive();
    }
  }

  @Test
  void logitEffectsGoThroughTheFinalNorm() {
    double[][] decoder = rows(tiny.sae().decoder());
    double[][] unembedding = rows(tiny.model().unembedding());
    double[] norm = TensorMemory.doubles(tiny.model().finalNormWeight());
    assertThat(norm).doesNotHaveDuplicates();
    for (int latent = 0; latent < LATENTS; latent++) {
      double[] direction = new double[norm.length];
      for (int j = 0; j < norm.length; j++) {
        direction[j] = decoder[latent][j] * norm[j];
      }
      double[] effects = Arrays.stream(unembedding).mapToDouble(u -> dot(u, direction)).toArray();
      double[] sorted = Arrays.stream(effects).sorted().toArray();
      FeatureDetail.Logits logits = feature(latent).logits();
      assertThat(logits.raised()).hasSize(OPTIONS.effects());
      assertThat(logits.lowered()).hasSize(OPTIONS.effects());
      for (int i = 0; i < OPTIONS.effects(); i++) {
        check(logits.raised().get(i), effects, sorted[sorted.length - 1 - i]);
        check(logits.lowered().get(i), effects, sorted[i]);
      }
    }
  }

  private static void check(FeatureDetail.Effect effect, double[] effects, double expected) {
    int token =
        IntStream.range(0, TinyModel.VOCABULARY)
            .filter(id -> TOKENIZER.token(id).equals(effect.token()))
            .findFirst()
            .orElseThrow();
    assertThat(effect.effect()).isCloseTo(expected, within(1e-4));
    assertThat(effect.effect()).isCloseTo(effects[token], within(1e-4));
  }

  @Test
  void neighboursAreTheNearestDecoderRows() {
    double[][] decoder = rows(tiny.sae().decoder());
    for (int latent = 0; latent < LATENTS; latent++) {
      double[] own = decoder[latent];
      double[] cosines = Arrays.stream(decoder).mapToDouble(other -> cosine(own, other)).toArray();
      double[] sorted = Arrays.stream(cosines).sorted().toArray();
      List<FeatureDetail.Neighbour> neighbours = feature(latent).neighbours();
      assertThat(neighbours).hasSize(OPTIONS.neighbours());
      for (int i = 0; i < neighbours.size(); i++) {
        FeatureDetail.Neighbour neighbour = neighbours.get(i);
        assertThat(neighbour.latent()).isNotEqualTo(latent);
        // The largest of all is the latent itself.
        assertThat(neighbour.cosine()).isCloseTo(sorted[LATENTS - 2 - i], within(1e-5));
        assertThat(neighbour.cosine()).isCloseTo(cosines[neighbour.latent()], within(1e-5));
        FeatureDetail other = feature(neighbour.latent());
        assertThat(neighbour.topTokens()).isEqualTo(other.topTokens());
        assertThat(neighbour.density()).isEqualTo(other.density());
      }
    }
  }

  @Test
  void whatFiresTogetherIsCountedOnEveryRow() {
    Map<Integer, Set<Integer>> rows = new HashMap<>();
    for (int latent = 0; latent < LATENTS; latent++) {
      rows.put(latent, tiny.fired(latent).stream().map(Fired::row).collect(Collectors.toSet()));
    }
    double evidence = Math.log(LATENTS * (LATENTS - 1) / 2 / 0.05);
    int some = 0;
    for (int latent = 0; latent < LATENTS; latent++) {
      FeatureDetail.Coactivation found = feature(latent).coactivation().orElseThrow();
      assertThat(found.tokens()).isEqualTo(tiny.rows());
      assertThat(found.active()).isEqualTo(rows.get(latent).size());
      List<FeatureDetail.Partner> expected = new ArrayList<>();
      for (int other = 0; other < LATENTS; other++) {
        Set<Integer> both = new HashSet<>(rows.get(latent));
        both.retainAll(rows.get(other));
        Cooccurrence pair =
            new Cooccurrence(both.size(), found.active(), rows.get(other).size(), tiny.rows());
        if (other != latent && pair.evidence() > evidence) {
          expected.add(
              new FeatureDetail.Partner(
                  other,
                  feature(other).topTokens(),
                  both.size(),
                  rows.get(other).size(),
                  pair.expected(),
                  pair.phi()));
        }
      }
      expected.sort(Comparator.comparingDouble(partner -> -partner.phi()));
      assertThat(found.partners()).isEqualTo(expected.stream().limit(OPTIONS.partners()).toList());
      some += found.partners().size();
    }
    assertThat(some).isPositive();
  }

  @Test
  void theSummaryIsOfAllOfThem() {
    DictionarySummary summary = index.summary();
    assertThat(summary.model()).isEqualTo(tiny.model().info().name());
    assertThat(summary.hook()).isEqualTo(HOOK);
    assertThat(summary.width()).isEqualTo(TinyModel.WIDTH);
    assertThat(summary.latents()).isEqualTo(LATENTS);
    assertThat(summary.k()).hasValue(TinyIndex.K);
    assertThat(summary.tokens()).isEqualTo(tiny.rows());
    long contexts =
        IntStream.range(0, LATENTS)
            .boxed()
            .flatMap(latent -> tiny.fired(latent).stream())
            .map(f -> List.of(f.split(), f.context()))
            .distinct()
            .count();
    assertThat(summary.contexts()).isEqualTo(contexts);
    List<FeatureDetail> alive =
        IntStream.range(0, LATENTS)
            .mapToObj(FeatureIndexNumbersTest::feature)
            .filter(feature -> !feature.dead())
            .toList();
    assertThat(summary.alive()).isEqualTo(alive.size()).isLessThan(LATENTS);
    DictionarySummary.DensityHistogram bins = summary.densityHistogram();
    double width = (bins.high() - bins.low()) / bins.counts().size();
    for (int i = 0; i < bins.counts().size(); i++) {
      double low = bins.low() + i * width;
      assertThat(bins.counts().get(i))
          .isEqualTo(
              alive.stream()
                  .mapToDouble(feature -> Math.log10(feature.density()))
                  .filter(log -> log >= low && log < low + width)
                  .count());
    }
    double[] norms =
        IntStream.range(0, LATENTS).mapToDouble(f -> feature(f).norm().orElseThrow()).toArray();
    assertThat(summary.normRange().orElseThrow())
        .containsExactly(
            Arrays.stream(norms).min().orElseThrow(), Arrays.stream(norms).max().orElseThrow());
  }

  private static double[][] rows(Tensor matrix) {
    double[] flat = TensorMemory.doubles(matrix);
    int width = (int) matrix.size(1);
    return IntStream.range(0, flat.length / width)
        .mapToObj(row -> Arrays.copyOfRange(flat, row * width, (row + 1) * width))
        .toArray(double[][]::new);
  }

  private static double dot(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
  }

  private static double cosine(double[] a, double[] b) {
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  }
}
