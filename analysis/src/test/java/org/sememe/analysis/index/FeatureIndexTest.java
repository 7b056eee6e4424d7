package org.sememe.analysis.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sememe.analysis.index.TinyIndex.DEAD;
import static org.sememe.analysis.index.TinyIndex.LATENTS;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.analysis.index.FeatureQuery.Range;
import org.sememe.analysis.index.FeatureQuery.Sort;
import org.sememe.analysis.index.FeatureQuery.Status;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.testing.LeakMeter;

/** How an index is asked, built, and refused. */
class FeatureIndexTest {
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

  private static FeatureQuery query(String search, Sort sort, Status status) {
    return new FeatureQuery(search, sort, true, status, Range.ANY, Range.ANY, 0, 200);
  }

  private static Set<Integer> latents(FeatureList list) {
    Set<Integer> latents = new HashSet<>();
    list.features().forEach(row -> assertThat(latents.add(row.latent())).isTrue());
    assertThat(list.total()).isEqualTo(latents.size());
    return latents;
  }

  private static Set<Integer> latentsThat(IntPredicate condition) {
    return new HashSet<>(IntStream.range(0, LATENTS).filter(condition).boxed().toList());
  }

  private static FeatureDetail feature(int latent) {
    return index.feature(latent).orElseThrow();
  }

  @Test
  void aListsRowsAreTheFeaturesInShort() {
    FeatureList all = index.list(query("", Sort.LATENT, Status.ALL));
    assertThat(latents(all)).hasSize(LATENTS);
    for (FeatureList.Row row : all.features()) {
      FeatureDetail feature = feature(row.latent());
      assertThat(row.topTokens()).isEqualTo(feature.topTokens());
      assertThat(row.density()).isEqualTo(feature.density());
      assertThat(row.activeTokens()).isEqualTo(feature.activeTokens());
      assertThat(row.maxActivation()).isEqualTo(feature.maxActivation());
      assertThat(row.meanActivation()).isEqualTo(feature.meanActivation());
      assertThat(row.norm()).isEqualTo(feature.norm());
      assertThat(row.dead()).isEqualTo(feature.dead());
      assertThat(row.example())
          .usingRecursiveComparison()
          .isEqualTo(feature.examples().stream().findFirst());
    }
    assertThat(index.feature(LATENTS)).isEmpty();
    assertThat(index.feature(-1)).isEmpty();
  }

  @Test
  void listsAreSortedEitherWayAndPaged() {
    for (Sort sort : Sort.values()) {
      List<Double> falling = values(sort, true);
      assertThat(falling).isSortedAccordingTo((a, b) -> Double.compare(b, a)).hasSize(LATENTS);
      assertThat(values(sort, false)).isEqualTo(falling.reversed());
    }
    List<FeatureList.Row> whole = index.list(query("", Sort.DENSITY, Status.ALIVE)).features();
    List<Integer> paged = new ArrayList<>();
    for (int offset = 0; offset < whole.size() + 7; offset += 7) {
      FeatureList page =
          index.list(
              new FeatureQuery(
                  "", Sort.DENSITY, true, Status.ALIVE, Range.ANY, Range.ANY, offset, 7));
      assertThat(page.total()).isEqualTo(whole.size());
      assertThat(page.offset()).isEqualTo(offset);
      page.features().forEach(row -> paged.add(row.latent()));
    }
    assertThat(paged).isEqualTo(whole.stream().map(FeatureList.Row::latent).toList());
  }

  private static List<Double> values(Sort sort, boolean descending) {
    FeatureQuery query =
        new FeatureQuery("", sort, descending, Status.ALL, Range.ANY, Range.ANY, 0, 200);
    return index.list(query).features().stream()
        .map(
            row ->
                switch (sort) {
                  case DENSITY -> row.density();
                  case MAX_ACTIVATION -> row.maxActivation();
                  case MEAN_ACTIVATION -> row.meanActivation();
                  case NORM -> row.norm().orElseThrow();
                  case LATENT -> (double) row.latent();
                })
        .toList();
  }

  @Test
  void listsAreFilteredByStatusDensityAndNorm() {
    assertThat(latents(index.list(query("", Sort.LATENT, Status.DEAD))))
        .isEqualTo(latentsThat(latent -> feature(latent).dead()))
        .contains(DEAD);
    assertThat(latents(index.list(query("", Sort.LATENT, Status.ALIVE))))
        .isEqualTo(latentsThat(latent -> !feature(latent).dead()));
    double density = feature(20).density();
    double norm = feature(30).norm().orElseThrow();
    Range least = new Range(OptionalDouble.of(density), OptionalDouble.empty());
    Range most = new Range(OptionalDouble.empty(), OptionalDouble.of(norm));
    Set<Integer> found =
        latents(index.list(new FeatureQuery("", Sort.NORM, true, Status.ALL, least, most, 0, 200)));
    assertThat(found)
        .isEqualTo(
            latentsThat(
                latent ->
                    least.contains(feature(latent).density())
                        && most.contains(feature(latent).norm().orElseThrow())));
    assertThat(found.size()).isBetween(1, LATENTS - 1);
  }

  @Test
  void aSearchLooksInTheTokensThatAPageNames() {
    int some = 0;
    for (String text : List.of("Q", "e", "z", "3", "|", "%", "_", "'", "qu")) {
      Set<Integer> found = latents(index.list(query(text, Sort.LATENT, Status.ALL)));
      Set<Integer> expected =
          latentsThat(
              latent ->
                  Stream.concat(
                          feature(latent).topTokens().stream(),
                          feature(latent).tokenStatistics().stream()
                              .map(FeatureDetail.TokenStatistic::token))
                      .anyMatch(token -> token.equalsIgnoreCase(text)));
      assertThat(found).as("search for %s", text).isEqualTo(expected);
      some += !found.isEmpty() && found.size() < LATENTS ? 1 : 0;
    }
    assertThat(some).isPositive();
  }

  @Test
  void aLabelsTokenIsFoundThoughItIsNotAmongTheMostFrequent() throws IOException {
    IndexOptions d = IndexOptions.defaults();
    IndexOptions oneToken = new IndexOptions(d.rows(), 8, 8, 1, 1, 0, 1, 6, 1, 1, 1, d.pairs(), 0);
    try (FeatureIndex small =
        FeatureIndex.open(tiny.built("label.duckdb", oneToken, IndexListener.none()))) {
      FeatureDetail feature = small.feature(0).orElseThrow();
      String frequent = feature.tokenStatistics().getFirst().token();
      List<String> others = feature.topTokens().stream().filter(t -> !t.equals(frequent)).toList();
      assertThat(others).isNotEmpty();
      for (String token : others) {
        assertThat(latents(small.list(query(token, Sort.LATENT, Status.ALL)))).contains(0);
      }
    }
  }

  @Test
  void theSameInputsGiveTheSameAnswersAndAnotherSeedOtherExamples() throws IOException {
    IndexOptions d = IndexOptions.defaults();
    IndexOptions reseeded =
        new IndexOptions(
            d.rows(), d.bins(), d.intervals(), 12, 2, 5, 20, 6, 10, 10, 10, d.pairs(), 77);
    try (FeatureIndex same = FeatureIndex.open(tiny.built("same.duckdb", d, IndexListener.none()));
        FeatureIndex other =
            FeatureIndex.open(tiny.built("other.duckdb", reseeded, IndexListener.none()))) {
      assertThat(same.stamp()).isEqualTo("the stamp");
      int differ = 0;
      for (int latent = 0; latent < LATENTS; latent++) {
        assertThat(same.feature(latent).orElseThrow())
            .usingRecursiveComparison()
            .isEqualTo(feature(latent));
        differ += activations(feature(latent)).equals(activations(other, latent)) ? 0 : 1;
      }
      assertThat(differ).isGreaterThan(LATENTS / 2);
    }
  }

  private static List<Double> activations(FeatureIndex of, int latent) {
    return activations(of.feature(latent).orElseThrow());
  }

  private static List<Double> activations(FeatureDetail feature) {
    return feature.examples().stream().map(FeatureExample::activation).toList();
  }

  @Test
  void anIndexOfBeforeThisWasCountedOpensAndLacksWhatFiresTogether()
      throws IOException, SQLException {
    Path file = folder.resolve("before.duckdb");
    Files.copy(folder.resolve("index.duckdb"), file);
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:" + file);
        Statement statement = connection.createStatement()) {
      statement.execute("DROP TABLE coactivations");
      statement.execute("DELETE FROM meta WHERE key = 'coactivation_tokens'");
    }
    try (FeatureIndex before = FeatureIndex.open(file)) {
      for (int latent : new int[] {0, DEAD}) {
        FeatureDetail feature = before.feature(latent).orElseThrow();
        assertThat(feature.coactivation()).isEmpty();
        assertThat(feature)
            .usingRecursiveComparison()
            .ignoringFields("coactivation")
            .isEqualTo(feature(latent));
      }
    }
  }

  @Test
  void manyThreadsGetTheAnswersOfOne() throws Exception {
    List<FeatureDetail> expected =
        IntStream.range(0, LATENTS).mapToObj(FeatureIndexTest::feature).toList();
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Future<FeatureDetail>> answers = new ArrayList<>();
      for (int i = 0; i < 4 * LATENTS; i++) {
        int latent = i % LATENTS;
        answers.add(threads.submit(() -> feature(latent)));
      }
      for (int i = 0; i < answers.size(); i++) {
        assertThat(answers.get(i).get())
            .usingRecursiveComparison()
            .isEqualTo(expected.get(i % LATENTS));
      }
    }
  }

  @Test
  void aRowLimitKeepsWholeContextsAndHeldOutOnesFirst() throws IOException {
    try (FeatureIndex small =
        FeatureIndex.open(
            tiny.built(
                "small.duckdb", IndexOptions.defaults().withRows(100), IndexListener.none()))) {
      assertThat(small.summary().tokens()).isBetween(100L, 119L);
      int examples = 0;
      for (int latent = 0; latent < LATENTS; latent++) {
        List<FeatureExample> shown = small.feature(latent).orElseThrow().examples();
        assertThat(shown).allMatch(example -> example.split().orElseThrow().equals("held_out"));
        examples += shown.size();
      }
      assertThat(examples).isPositive();
    }
    try (FeatureIndex all =
        FeatureIndex.open(
            tiny.built(
                "all.duckdb",
                IndexOptions.defaults().withRows(Long.MAX_VALUE),
                IndexListener.none()))) {
      assertThat(all.summary()).isEqualTo(index.summary());
    }
  }

  @Test
  void progressRisesToItsTotal() throws IOException {
    List<Long> heard = new ArrayList<>();
    Set<Long> totals = new HashSet<>();
    tiny.built(
        "heard.duckdb",
        IndexOptions.defaults(),
        (done, total) -> {
          heard.add(done);
          totals.add(total);
        });
    assertThat(heard).isSorted();
    assertThat(totals).containsExactly(heard.getLast());
  }

  @Test
  void aBuildThatFailsLeavesWhatWasThere() throws IOException {
    Path place = folder.resolve("failing");
    Files.createDirectories(place);
    Files.writeString(place.resolve("i.duckdb"), "as it was");
    int inTheFeatures = tiny.rows() + LATENTS + LATENTS / 2;
    for (int when : new int[] {1, tiny.rows() + LATENTS, inTheFeatures}) {
      IndexListener failing =
          (done, total) -> {
            if (done >= when) {
              throw new IllegalStateException("stopped at " + when);
            }
          };
      assertThatThrownBy(() -> tiny.built("failing/i.duckdb", IndexOptions.defaults(), failing))
          .hasMessage("stopped at " + when);
      try (Stream<Path> files = Files.list(place)) {
        assertThat(files.filter(Files::isRegularFile)).containsExactly(place.resolve("i.duckdb"));
      }
      assertThat(place.resolve("i.duckdb")).hasContent("as it was");
    }
  }

  @Test
  void buildsAndQuestionsLeaveNoNativeMemory() throws Exception {
    IndexOptions few = IndexOptions.defaults().withRows(60);
    LeakMeter.assertFlat(
        15,
        128L << 20,
        () -> {
          try (FeatureIndex small =
              FeatureIndex.open(tiny.built("leak.duckdb", few, IndexListener.none()))) {
            assertThat(small.feature(0)).isPresent();
          }
        });
  }

  @Test
  void whatIsNoWholeIndexIsRefusedInOneLine() throws IOException {
    assertThatThrownBy(() -> FeatureIndex.open(folder.resolve("none")))
        .isInstanceOf(NoSuchFileException.class);
    byte[] whole = Files.readAllBytes(folder.resolve("index.duckdb"));
    for (int length : new int[] {0, 1, 100, 5000, whole.length / 2, whole.length - 4096}) {
      Path cut = folder.resolve("cut-" + length);
      Files.write(cut, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> FeatureIndex.open(cut)).satisfies(e -> damaged(cut, e));
    }
  }

  private static void damaged(Path file, Throwable e) {
    assertThat(e).isInstanceOf(IOException.class).hasMessageContaining("build it again");
    oneLine(file, e);
  }

  private static void oneLine(Path file, Throwable e) {
    assertThat(e).hasMessageContaining(file.toString());
    assertThat(e.getMessage().lines()).hasSize(1);
  }

  @Test
  void aChangedByteIsHarmlessOrNamed() throws IOException {
    long seed = 20_261_125;
    System.out.println("changed bytes of an index: seed " + seed);
    byte[] whole = Files.readAllBytes(folder.resolve("index.duckdb"));
    RandomStream random = RandomStream.of(seed);
    int refused = 0;
    for (int i = 0; i < 60; i++) {
      byte[] bytes = whole.clone();
      int at = random.nextInt(bytes.length);
      bytes[at] ^= (byte) (1 + random.nextInt(255));
      Path file = folder.resolve("changed-" + i);
      Files.write(file, bytes);
      try (FeatureIndex changed = FeatureIndex.open(file)) {
        for (int latent = 0; latent < LATENTS; latent += 20) {
          FeatureDetail feature = changed.feature(latent).orElseThrow();
          assertThat(feature).usingRecursiveComparison().isEqualTo(feature(latent));
        }
      } catch (IOException | IllegalStateException e) {
        refused++;
        oneLine(file, e);
      }
      Files.delete(file);
    }
    assertThat(refused).isPositive();
  }

  @Test
  void anIndexCannotReadOtherFiles() throws IOException, SQLException {
    Path secret = folder.resolve("secret.txt");
    Files.writeString(secret, "the secret");
    Path file = folder.resolve("hostile.duckdb");
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:" + file);
        Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE VIEW meta AS SELECT 'version' AS key, content AS value FROM read_text('%s')"
              .formatted(secret));
    }
    assertThatThrownBy(() -> FeatureIndex.open(file))
        .satisfies(e -> damaged(file, e))
        .hasStackTraceContaining("disabled by configuration");
  }
}
