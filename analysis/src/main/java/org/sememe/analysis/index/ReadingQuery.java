package org.sememe.analysis.index;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a person reads of features, of many in one query. */
final class ReadingQuery {
  private final Connection connection;
  private final Vocabulary vocabulary;

  ReadingQuery(Connection connection, Vocabulary vocabulary) {
    this.connection = connection;
    this.vocabulary = vocabulary;
  }

  /**
   * The latents from {@code first} to before {@code end}.
   *
   * @param passages of each at most
   * @param before tokens of a passage before its peak, at most
   * @param after tokens after it, at most
   */
  List<FeatureReading> run(int first, int end, int passages, int before, int after)
      throws SQLException {
    Map<Integer, List<FeatureReading.Passage>> texts = new TreeMap<>();
    String examples =
        """
        SELECT e.latent, e.peak, c.tokens, c.documents
        FROM examples e JOIN contexts c ON c.context = e.context
        WHERE e.latent >= ? AND e.latent < ? AND e.strongest AND e.id < ? ORDER BY e.latent, e.id
        """;
    try (PreparedStatement statement =
            Columns.prepared(connection, examples, List.of(first, end, passages));
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        texts
            .computeIfAbsent(rows.getInt("latent"), unseen -> new ArrayList<>())
            .add(
                passage(
                    Columns.numbers(rows, "tokens"),
                    Columns.numbers(rows, "documents"),
                    rows.getInt("peak"),
                    before,
                    after));
      }
    }
    List<FeatureReading> readings = new ArrayList<>();
    String features =
        "SELECT latent, label, raised FROM features WHERE latent >= ? AND latent < ? ORDER BY"
            + " latent";
    try (PreparedStatement statement = Columns.prepared(connection, features, List.of(first, end));
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        readings.add(
            new FeatureReading(
                rows.getInt("latent"),
                vocabulary.texts(Columns.numbers(rows, "label")),
                vocabulary.texts(Columns.numbers(rows, "raised")),
                texts.getOrDefault(rows.getInt("latent"), List.of())));
      }
    }
    return readings;
  }

  private FeatureReading.Passage passage(
      List<Number> tokens, List<Number> documents, int peak, int before, int after) {
    Number document = documents.get(peak);
    int from = peak;
    while (from > Math.max(0, peak - before) && documents.get(from - 1).equals(document)) {
      from--;
    }
    int to = peak + 1;
    int most = Math.min(tokens.size(), peak + 1 + after);
    while (to < most && documents.get(to).equals(document)) {
      to++;
    }
    return new FeatureReading.Passage(
        String.join("", vocabulary.texts(tokens.subList(from, peak + 1))),
        String.join("", vocabulary.texts(tokens.subList(peak + 1, to))));
  }
}
