package org.sememe.analysis.index;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.duckdb.DuckDBConnection;

/**
 * An index's file, opened read-only. Answers come straight from it; only the tokens' texts are kept
 * in memory. Thread-safe: each question has a connection of its own.
 */
public final class FeatureIndex implements FeatureSource, AutoCloseable {
  /** What the file's pages and a question's work may take; an index may be far larger. */
  private static final String MEMORY = "1GB";

  private final Path file;
  private final DuckDBConnection connection;
  private final Map<String, String> meta;
  private final Vocabulary vocabulary;
  private final DictionarySummary summary;

  private FeatureIndex(
      Path file,
      DuckDBConnection connection,
      Map<String, String> meta,
      Vocabulary vocabulary,
      DictionarySummary summary) {
    this.file = file;
    this.connection = connection;
    this.meta = meta;
    this.vocabulary = vocabulary;
    this.summary = summary;
  }

  /**
   * Opens an index.
   *
   * @throws NoSuchFileException if there is none
   * @throws IOException if the file is damaged, or of another version
   */
  public static FeatureIndex open(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new NoSuchFileException(file.toString());
    }
    try {
      Connection opened = DriverManager.getConnection("jdbc:duckdb:" + file, safely());
      try {
        DuckDBConnection connection = opened.unwrap(DuckDBConnection.class);
        Map<String, String> meta = meta(connection);
        if (!IndexWriter.VERSION.equals(meta.get("version"))) {
          throw new IOException(file + ": an index of another version: build it again");
        }
        return new FeatureIndex(
            file,
            connection,
            meta,
            Vocabulary.read(connection),
            SummaryQuery.run(connection, meta));
      } catch (Throwable problem) {
        opened.close();
        throw problem;
      }
    } catch (SQLException | NumberFormatException e) {
      throw damaged(file, e);
    }
  }

  /** Nothing is written, and a view that someone put into the file reaches no other file. */
  private static Properties safely() {
    Properties settings = new Properties();
    settings.setProperty("duckdb.read_only", "true");
    settings.setProperty("enable_external_access", "false");
    settings.setProperty("memory_limit", MEMORY);
    return settings;
  }

  private static IOException damaged(Path file, Exception e) {
    String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    return new IOException(file + ": not a whole index (" + reason + "): build it again", e);
  }

  private static Map<String, String> meta(Connection connection) throws SQLException {
    Map<String, String> meta = new HashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT key, value FROM meta")) {
      while (rows.next()) {
        meta.put(rows.getString(1), rows.getString(2));
      }
    }
    return meta;
  }

  /** What the index was made of, as its builder was told. */
  public String stamp() {
    return meta.getOrDefault("stamp", "");
  }

  @Override
  public DictionarySummary summary() {
    return summary;
  }

  @Override
  public FeatureList list(FeatureQuery query) {
    return ask(own -> new ListQuery(own, vocabulary).run(query));
  }

  @Override
  public int[] latents(FeatureQuery query) {
    return ask(own -> new ListQuery(own, vocabulary).latents(query));
  }

  @Override
  public float[] densities() {
    return ask(own -> new ListQuery(own, vocabulary).densities(summary.latents()));
  }

  @Override
  public Optional<FeatureDetail> feature(int latent) {
    return ask(own -> new DetailQuery(own, vocabulary, meta).run(latent));
  }

  /** Labels, densities and maxima of some latents; those that are not there are left out. */
  public Map<Integer, FeatureList.Row> rows(List<Integer> latents) {
    return ask(own -> new ListQuery(own, vocabulary).rows(latents));
  }

  /** Where activations stand among those of some latents on the indexed text. */
  public Quantiles quantiles(Collection<Integer> latents) {
    return ask(own -> new Quantiles(new ListQuery(own, vocabulary).histograms(latents)));
  }

  /** The tokens of one of a latent's examples, to be run again; empty if there is none such. */
  public Optional<ExampleContext> context(int latent, int example) {
    return ask(own -> new ExampleQuery(own).context(latent, example));
  }

  /**
   * What a person reads of the latents from {@code first} to before {@code end}, in their order.
   *
   * @param passages around the strongest examples, at most
   * @param before tokens of a passage before its peak, at most
   * @param after tokens after it, at most
   */
  public List<FeatureReading> readings(int first, int end, int passages, int before, int after) {
    return ask(own -> new ReadingQuery(own, vocabulary).run(first, end, passages, before, after));
  }

  @FunctionalInterface
  private interface Question<T> {
    T ask(Connection own) throws SQLException;
  }

  private <T> T ask(Question<T> question) {
    try (Connection own = connection.duplicate()) {
      return question.ask(own);
    } catch (SQLException e) {
      throw new IllegalStateException(damaged(file, e).getMessage(), e);
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new IllegalStateException(file + ": " + e.getMessage(), e);
    }
  }
}
