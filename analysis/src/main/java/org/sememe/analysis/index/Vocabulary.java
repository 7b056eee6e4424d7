package org.sememe.analysis.index;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * The tokens' texts, read once: some tens of thousands.
 *
 * @param texts by id
 * @param baseCounts rows of the indexed text with the token, by id
 */
record Vocabulary(List<String> texts, List<Long> baseCounts) {
  static Vocabulary read(Connection connection) throws SQLException {
    List<String> texts = new ArrayList<>();
    List<Long> counts = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery("SELECT text, base_count FROM vocabulary ORDER BY token")) {
      while (rows.next()) {
        texts.add(rows.getString(1));
        counts.add(rows.getLong(2));
      }
    }
    return new Vocabulary(texts, counts);
  }

  String text(int token) {
    return texts.get(token);
  }

  long baseCount(int token) {
    return baseCounts.get(token);
  }

  /** The texts of some tokens. */
  List<String> texts(List<Number> tokens) {
    return tokens.stream().map(token -> text(token.intValue())).toList();
  }
}
