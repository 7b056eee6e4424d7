package org.sememe.analysis.index;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Examples with their text. */
final class ExampleQuery {
  /** Tokens on each side of the peak; fewer where the context ends. */
  private static final int AROUND = 128;

  private static final String SELECT =
      """
      SELECT e.latent, e.id, e.strongest, e.activation_interval, e.activation, e.peak, e.positions,
        e.activations, c.split, c.tokens, d.name
      FROM examples e JOIN contexts c ON c.context = e.context
        JOIN documents d ON d.document = c.documents[e.peak + 1]
      """;

  private final Connection connection;
  private final int around;

  ExampleQuery(Connection connection) {
    this(connection, AROUND);
  }

  /** With so many tokens on each side of the peak. */
  ExampleQuery(Connection connection, int around) {
    this.connection = connection;
    this.around = around;
  }

  /** All of a latent's examples. */
  List<FeatureExample> of(int latent, Vocabulary vocabulary) throws SQLException {
    List<FeatureExample> examples = new ArrayList<>();
    try (PreparedStatement statement =
            Columns.prepared(
                connection, SELECT + "WHERE e.latent = ? ORDER BY e.id", List.of(latent));
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        examples.add(example(rows, vocabulary));
      }
    }
    return examples;
  }

  /** The strongest example of each of some latents that has one, in one query. */
  Map<Integer, FeatureExample> strongest(Collection<Integer> latents, Vocabulary vocabulary)
      throws SQLException {
    Map<Integer, FeatureExample> examples = new HashMap<>();
    if (latents.isEmpty()) {
      return examples;
    }
    String where = "WHERE e.id = 0 AND e.latent IN (%s)".formatted(Columns.places(latents.size()));
    try (PreparedStatement statement =
            Columns.prepared(connection, SELECT + where, List.copyOf(latents));
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        examples.put(rows.getInt("latent"), example(rows, vocabulary));
      }
    }
    return examples;
  }

  /** The tokens that an example stands in. */
  Optional<ExampleContext> context(int latent, int id) throws SQLException {
    try (PreparedStatement statement =
            Columns.prepared(
                connection, SELECT + "WHERE e.latent = ? AND e.id = ?", List.of(latent, id));
        ResultSet row = statement.executeQuery()) {
      if (!row.next()) {
        return Optional.empty();
      }
      List<Number> tokens = Columns.numbers(row, "tokens");
      int peak = row.getInt("peak");
      int[] read =
          tokens.subList(0, Math.min(tokens.size(), peak + around + 1)).stream()
              .mapToInt(Number::intValue)
              .toArray();
      return Optional.of(new ExampleContext(read, Math.max(0, peak - around)));
    }
  }

  private FeatureExample example(ResultSet row, Vocabulary vocabulary) throws SQLException {
    List<Number> tokens = Columns.numbers(row, "tokens");
    int peak = row.getInt("peak");
    int from = Math.max(0, peak - around);
    int to = Math.min(tokens.size(), peak + around + 1);
    List<String> texts = new ArrayList<>(to - from);
    for (Number token : tokens.subList(from, to)) {
      texts.add(vocabulary.text(token.intValue()));
    }
    float[] activations = new float[to - from];
    List<Number> positions = Columns.numbers(row, "positions");
    List<Number> values = Columns.numbers(row, "activations");
    for (int i = 0; i < positions.size(); i++) {
      int at = positions.get(i).intValue() - from;
      if (at >= 0 && at < activations.length) {
        activations[at] = values.get(i).floatValue();
      }
    }
    return new FeatureExample(
        row.getInt("id"),
        row.getBoolean("strongest") ? "top" : "interval",
        row.getInt("activation_interval"),
        row.getFloat("activation"),
        peak - from,
        texts,
        activations,
        Optional.of(row.getString("name")),
        Optional.of(row.getString("split")));
  }
}
