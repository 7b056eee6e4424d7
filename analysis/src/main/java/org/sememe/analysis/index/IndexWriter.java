package org.sememe.analysis.index;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;
import org.sememe.analysis.index.DecoderRelations.Ranked;

/** Writes an index's file: whole or not at all, as a file beside it that is renamed at the end. */
final class IndexWriter implements AutoCloseable {
  static final String VERSION = "2";

  /** What tells on how many tokens it was counted what fires together; older indexes lack it. */
  static final String COACTIVATION_TOKENS = "coactivation_tokens";

  /**
   * Rows that are skipped together when none of them can match: a page of the list takes a few rows
   * from all over the file, and DuckDB's own 122,880 made it three times as slow.
   */
  private static final int ROW_GROUP = 16_384;

  private static final List<String> SCHEMA =
      List.of(
          "CREATE TABLE meta (key VARCHAR, value VARCHAR)",
          "CREATE TABLE vocabulary (token INTEGER, text VARCHAR, base_count BIGINT)",
          "CREATE TABLE documents (document BIGINT, name VARCHAR)",
          "CREATE TABLE contexts (context INTEGER, split VARCHAR, tokens INTEGER[],"
              + " documents BIGINT[])",
          "CREATE TABLE features (latent INTEGER, active BIGINT, density DOUBLE, max DOUBLE,"
              + " mean DOUBLE, norm DOUBLE, search VARCHAR, label INTEGER[], histogram BIGINT[],"
              + " tokens INTEGER[], token_counts BIGINT[], raised INTEGER[], raised_effects FLOAT[],"
              + " lowered INTEGER[], lowered_effects FLOAT[], neighbours INTEGER[],"
              + " cosines FLOAT[])",
          "CREATE TABLE examples (latent INTEGER, id INTEGER, strongest BOOLEAN,"
              + " activation_interval INTEGER, activation FLOAT, context INTEGER, peak INTEGER,"
              + " positions INTEGER[], activations FLOAT[])",
          "CREATE TABLE coactivations (latent INTEGER, active BIGINT, partners INTEGER[],"
              + " partners_active BIGINT[], together BIGINT[])");

  private final Path target;
  private final Path temporary;
  private final DuckDBConnection connection;
  private final Map<String, DuckDBAppender> appenders = new LinkedHashMap<>();

  IndexWriter(Path target) throws IOException, SQLException {
    this.target = target.toAbsolutePath();
    Files.createDirectories(this.target.getParent());
    this.temporary =
        this.target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
    Connection opened = DriverManager.getConnection("jdbc:duckdb:");
    this.connection = opened.unwrap(DuckDBConnection.class);
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "ATTACH '%s' AS made (ROW_GROUP_SIZE %d)"
              .formatted(temporary.toString().replace("'", "''"), ROW_GROUP));
      statement.execute("USE made");
      for (String table : SCHEMA) {
        statement.execute(table);
      }
    }
  }

  private DuckDBAppender appender(String table) throws SQLException {
    DuckDBAppender found = appenders.get(table);
    if (found == null) {
      found = connection.createAppender("made", DuckDBConnection.DEFAULT_SCHEMA, table);
      appenders.put(table, found);
    }
    return found;
  }

  void meta(Map<String, String> entries) throws SQLException {
    DuckDBAppender rows = appender("meta");
    for (Map.Entry<String, String> entry : entries.entrySet()) {
      rows.beginRow().append(entry.getKey()).append(entry.getValue()).endRow();
    }
  }

  void token(int token, String text, long baseCount) throws SQLException {
    appender("vocabulary").beginRow().append(token).append(text).append(baseCount).endRow();
  }

  void document(long ordinal, String name) throws SQLException {
    appender("documents").beginRow().append(ordinal).append(name).endRow();
  }

  void context(int number, IndexedText.Passage passage) throws SQLException {
    appender("contexts")
        .beginRow()
        .append(number)
        .append(passage.split().key())
        .append(passage.tokens())
        .append(passage.documents())
        .endRow();
  }

  void feature(
      int latent,
      LatentStatistics statistics,
      long rows,
      double norm,
      String search,
      Ranked raised,
      Ranked lowered,
      Ranked neighbours)
      throws SQLException {
    List<LatentStatistics.TokenUse> tokens = statistics.tokens();
    appender("features")
        .beginRow()
        .append(latent)
        .append(statistics.active())
        .append((double) statistics.active() / rows)
        .append(statistics.max())
        .append(statistics.mean())
        .append(norm)
        .append(search)
        .append(statistics.label().stream().mapToInt(Integer::intValue).toArray())
        .append(statistics.histogram())
        .append(tokens.stream().mapToInt(LatentStatistics.TokenUse::token).toArray())
        .append(tokens.stream().mapToLong(LatentStatistics.TokenUse::count).toArray())
        .append(raised.rows())
        .append(raised.values())
        .append(lowered.rows())
        .append(lowered.values())
        .append(neighbours.rows())
        .append(neighbours.values())
        .endRow();
  }

  void examples(int latent, List<ExampleChooser.Choice> choices) throws SQLException {
    for (int id : IntStream.range(0, choices.size()).toArray()) {
      ExampleChooser.Choice choice = choices.get(id);
      appender("examples")
          .beginRow()
          .append(latent)
          .append(id)
          .append(choice.strongest())
          .append(choice.interval())
          .append(choice.activation())
          .append(choice.passage())
          .append(choice.peak())
          .append(choice.positions())
          .append(choice.activations())
          .endRow();
    }
  }

  void partners(int latent, Coactivations all) throws SQLException {
    List<Coactivations.Partner> partners = all.partners(latent);
    int[] others = partners.stream().mapToInt(Coactivations.Partner::latent).toArray();
    appender("coactivations")
        .beginRow()
        .append(latent)
        .append((long) all.active(latent))
        .append(others)
        .append(IntStream.of(others).mapToLong(all::active).toArray())
        .append(partners.stream().mapToLong(Coactivations.Partner::together).toArray())
        .endRow();
  }

  /** Rows by a statement, for what is made in the file itself. What was appended is seen. */
  void run(String sql) throws SQLException {
    for (DuckDBAppender appender : appenders.values()) {
      appender.flush();
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Puts the file in its place. */
  void commit() throws IOException, SQLException {
    for (DuckDBAppender appender : appenders.values()) {
      appender.close();
    }
    appenders.clear();
    try (Statement statement = connection.createStatement()) {
      statement.execute("CHECKPOINT");
    }
    connection.close();
    Files.move(
        temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Without {@link #commit} before, nothing is left. */
  @Override
  public void close() throws IOException, SQLException {
    connection.close();
    Files.deleteIfExists(temporary);
    Files.deleteIfExists(temporary.resolveSibling(temporary.getFileName() + ".wal"));
  }
}
