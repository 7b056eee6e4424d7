package org.sememe.analysis.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.activations.ActivationStore;
import org.sememe.activations.HarvestListener;
import org.sememe.activations.HarvestOptions;
import org.sememe.activations.Harvester;
import org.sememe.models.testing.SeededText;
import org.sememe.models.testing.TinyModel;

/** An index that was stopped, or has more text, is the one that is built at once. */
class IndexExtensionTest {
  private static final FileTime LONG_AGO = FileTime.fromMillis(1_000_000_000_000L);

  private static final List<String> TABLES =
      List.of(
          "meta", "vocabulary", "documents", "contexts", "features", "examples", "coactivations");

  @TempDir private Path folder;
  @TempDir private static Path shared;
  private static TinyIndex tiny;
  private static ActivationStore store;

  @BeforeAll
  static void open() throws IOException {
    tiny = new TinyIndex(shared.resolve("tiny"));
    store = store("store", HarvestOptions.ALL_TOKENS);
  }

  @AfterAll
  static void close() {
    store.close();
    tiny.close();
  }

  private static ActivationStore store(String name, long tokens) throws IOException {
    HarvestOptions options =
        HarvestOptions.of(TinyIndex.HOOK)
            .withContextLength(20)
            .withHeldOutShare(0.3)
            .withTokens(tokens)
            .withShardBytes(600L * TinyModel.WIDTH * Float.BYTES);
    return ActivationStore.open(
        Harvester.harvest(
                tiny.model(),
                TinyIndex.TOKENIZER,
                new SeededText(2, 120, 90),
                shared.resolve(name),
                options,
                HarvestListener.none())
            .store());
  }

  private Path parts() {
    return folder.resolve("parts");
  }

  private Path build(ActivationStore store, Path parts, long rows, IndexListener listener)
      throws IOException {
    Path file = folder.resolve("index.duckdb");
    Files.deleteIfExists(file);
    FeatureIndexBuilder.build(
        tiny.sae(),
        store,
        tiny.model(),
        TinyIndex.TOKENIZER,
        new IndexTarget(file, "stamp", parts, "tiny"),
        IndexOptions.defaults().withRows(rows),
        listener);
    return file;
  }

  /** Every row of every table is the same as in an index that is built at once. */
  private void assertAsAtOnce(Path file, ActivationStore store, long rows) throws Exception {
    Path found = Files.copy(file, folder.resolve("found.duckdb"));
    Path atOnce = build(store, folder.resolve("empty"), rows, IndexListener.none());
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement()) {
      statement.execute("ATTACH '%s' AS one".formatted(found));
      statement.execute("ATTACH '%s' AS other".formatted(atOnce));
      for (String table : TABLES) {
        assertSame(statement, table);
      }
    }
  }

  private static void assertSame(Statement statement, String table) throws SQLException {
    assertThat(number(statement, "SELECT count(*) FROM one." + table)).isPositive();
    for (List<String> way : List.of(List.of("one", "other"), List.of("other", "one"))) {
      String differing =
          "SELECT count(*) FROM (SELECT * FROM %s.%s EXCEPT ALL SELECT * FROM %s.%s)"
              .formatted(way.get(0), table, way.get(1), table);
      assertThat(number(statement, differing)).as(table).isZero();
    }
  }

  private static long number(Statement statement, String sql) throws SQLException {
    try (ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(parts())) {
      return files.sorted().toList();
    }
  }

  /** Makes all parts old, so that one that is written again shows. */
  private List<Path> aged() throws IOException {
    List<Path> files = files();
    for (Path file : files) {
      Files.setLastModifiedTime(file, LONG_AGO);
    }
    return files;
  }

  private List<Path> old() throws IOException {
    List<Path> old = new ArrayList<>();
    for (Path file : files()) {
      if (Files.getLastModifiedTime(file).equals(LONG_AGO)) {
        old.add(file);
      }
    }
    return old;
  }

  @Test
  void aBuildThatWasKilledGoesOnAfterItsLastPart() throws Exception {
    Map<Integer, Long> through = new HashMap<>();
    int stopAfter = 4;
    IndexListener killed =
        (done, total) -> {
          through.put(through.size(), done);
          if (through.size() == stopAfter) {
            throw new IllegalStateException("killed");
          }
        };
    assertThatThrownBy(() -> build(store, parts(), Long.MAX_VALUE, killed)).hasMessage("killed");
    assertThat(folder.resolve("index.duckdb")).doesNotExist();
    List<Path> before = aged();
    assertThat(before).hasSize(stopAfter);
    Path file = build(store, parts(), Long.MAX_VALUE, IndexListener.none());
    assertThat(old()).isEqualTo(before);
    assertThat(files()).hasSizeGreaterThan(stopAfter);
    assertAsAtOnce(file, store, Long.MAX_VALUE);
  }

  @Test
  void moreRowsAreAddedToThoseThatAreThere() throws Exception {
    build(store, parts(), 1500, IndexListener.none());
    List<Path> before = aged();
    Path more = build(store, parts(), 3000, IndexListener.none());
    assertThat(old()).isEqualTo(before);
    assertThat(files()).hasSizeGreaterThan(before.size());
    assertAsAtOnce(more, store, 3000);
  }

  @Test
  void aStoreOfMoreTextHasPartsOfTheOneBefore() throws Exception {
    try (ActivationStore less = store("less", 2500)) {
      build(less, parts(), Long.MAX_VALUE, IndexListener.none());
      aged();
      Path file = build(store, parts(), Long.MAX_VALUE, IndexListener.none());
      assertThat(old()).hasSizeGreaterThan(1);
      assertThat(files()).hasSameSizeAs(store.manifest().shards());
      assertAsAtOnce(file, store, Long.MAX_VALUE);
    }
  }

  @Test
  void whatIsReadIsWhatWasKept() throws IOException {
    Path file = build(store, parts(), Long.MAX_VALUE, IndexListener.none());
    List<Double> means = means(file);
    // The last value of the last tensor: an activation.
    Path part = files().getFirst();
    byte[] bytes = Files.readAllBytes(part);
    bytes[bytes.length - 2] ^= 1;
    Files.write(part, bytes);
    List<Double> changed = means(build(store, parts(), Long.MAX_VALUE, IndexListener.none()));
    int differ = 0;
    for (int latent = 0; latent < TinyIndex.LATENTS; latent++) {
      differ += means.get(latent).equals(changed.get(latent)) ? 0 : 1;
    }
    assertThat(differ).isEqualTo(1);
  }

  private static List<Double> means(Path file) throws IOException {
    try (FeatureIndex index = FeatureIndex.open(file)) {
      return IntStream.range(0, TinyIndex.LATENTS)
          .mapToObj(latent -> index.feature(latent).orElseThrow().meanActivation())
          .toList();
    }
  }
}
