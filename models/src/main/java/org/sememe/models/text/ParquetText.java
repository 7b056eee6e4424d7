package org.sememe.models.text;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;

/** A Parquet file; one of its columns is the documents' text. Read by DuckDB, as it streams. */
record ParquetText(Path file, String column) implements TextSource {
  @Override
  public String name() {
    return file + "#" + column;
  }

  @Override
  public Stream<Document> documents() throws IOException {
    Optional<Rows> opened = Optional.empty();
    try {
      Rows rows = new Rows(file.toString());
      opened = Optional.of(rows);
      rows.start(column);
      return DocumentStream.of(rows::next, rows);
    } catch (SQLException e) {
      throw problem(file.toString(), e);
    } finally {
      // Whoever reads the stream closes it; one that never began is closed here.
      if (opened.isPresent() && !opened.get().begun()) {
        opened.get().close();
      }
    }
  }

  /**
   * A connection to an engine in memory, which all that are open at a time share: another one costs
   * a hundredth of the first. It keeps nothing of a file, which may be another one the next time.
   */
  static Connection connect() throws SQLException {
    Properties options = new Properties();
    options.setProperty("jdbc_stream_results", "true");
    options.setProperty("threads", "1");
    options.setProperty("enable_external_file_cache", "false");
    return DriverManager.getConnection("jdbc:duckdb::memory:sememe-text", options);
  }

  private static IOException problem(String name, SQLException e) {
    String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("").strip();
    return new IOException(name + ": " + message, e);
  }

  private static final class Rows implements java.io.Closeable {
    private final String name;
    private final Connection connection;
    private Optional<ResultSet> rows = Optional.empty();
    private long number;

    Rows(String name) throws SQLException {
      this.name = name;
      connection = connect();
    }

    boolean begun() {
      return rows.isPresent();
    }

    void start(String column) throws SQLException, IOException {
      // A path is read as a pattern: its marks stand in brackets for themselves.
      String path = name.replaceAll("[*?\\[]", "[$0]");
      List<String> names = new ArrayList<>();
      String type = "";
      try (PreparedStatement describe =
          connection.prepareStatement("DESCRIBE SELECT * FROM read_parquet(?)")) {
        describe.setString(1, path);
        try (ResultSet columns = describe.executeQuery()) {
          while (columns.next()) {
            names.add(columns.getString(1));
            type = columns.getString(1).equals(column) ? columns.getString(2) : type;
          }
        }
      }
      if (!names.contains(column)) {
        throw new IOException(
            name + ": no column \"" + column + "\" among " + names + ": name one as FILE#COLUMN");
      }
      if (!type.equals("VARCHAR")) {
        throw new IOException(name + ": column \"" + column + "\" is " + type + ", not text");
      }
      PreparedStatement select =
          connection.prepareStatement(
              "SELECT \"" + column.replace("\"", "\"\"") + "\" FROM read_parquet(?)");
      select.setString(1, path);
      rows = Optional.of(select.executeQuery());
    }

    Optional<Document> next() throws IOException {
      try {
        ResultSet at = rows.orElseThrow();
        if (!at.next()) {
          return Optional.empty();
        }
        number++;
        String text = at.getString(1);
        if (text == null) {
          throw new IOException(name + ": row " + number + " has no text");
        }
        return Optional.of(new Document(name + ":" + number, text));
      } catch (SQLException e) {
        throw problem(name + ": after row " + number, e);
      }
    }

    @Override
    public void close() throws IOException {
      try {
        connection.close();
      } catch (SQLException e) {
        throw problem(name, e);
      }
    }
  }
}
