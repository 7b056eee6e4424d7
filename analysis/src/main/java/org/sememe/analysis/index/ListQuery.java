package org.sememe.analysis.index;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Features in a list. */
final class ListQuery {
  private static final String COLUMNS = "latent, label, density, active, max, mean, norm";

  private final Connection connection;
  private final Vocabulary vocabulary;

  ListQuery(Connection connection, Vocabulary vocabulary) {
    this.connection = connection;
    this.vocabulary = vocabulary;
  }

  /** The page that a query asks for. */
  FeatureList run(FeatureQuery query) throws SQLException {
    List<Object> values = new ArrayList<>();
    String where = where(query, values);
    List<Object> filter = List.copyOf(values);
    String matching =
        "SELECT latent, %s AS place FROM features WHERE %s".formatted(column(query.sort()), where);
    values.add(query.limit());
    values.add(query.offset());
    // One look through the features: a search reads all their tokens.
    String page =
        "WITH found AS MATERIALIZED (%s) SELECT latent, (SELECT count(*) FROM found) AS total FROM found ORDER BY place %s, latent LIMIT ? OFFSET ?"
            .formatted(matching, query.descending() ? "DESC" : "ASC");
    List<Integer> latents = new ArrayList<>();
    long total = 0;
    try (PreparedStatement statement = Columns.prepared(connection, page, values);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        latents.add(rows.getInt("latent"));
        total = rows.getLong("total");
      }
    }
    if (latents.isEmpty() && query.offset() > 0) { // behind the last page
      total = count(where, filter);
    }
    Map<Integer, FeatureList.Row> found = rows(latents);
    Map<Integer, FeatureExample> examples =
        new ExampleQuery(connection).strongest(found.keySet(), vocabulary);
    List<FeatureList.Row> features = new ArrayList<>(found.size());
    for (FeatureList.Row row : found.values()) {
      features.add(row.with(Optional.ofNullable(examples.get(row.latent()))));
    }
    return new FeatureList(total, query.offset(), features);
  }

  /** All latents that a query finds. */
  int[] latents(FeatureQuery query) throws SQLException {
    List<Object> values = new ArrayList<>();
    String sql =
        "SELECT latent FROM features WHERE %s ORDER BY %s %s, latent"
            .formatted(
                where(query, values), column(query.sort()), query.descending() ? "DESC" : "ASC");
    IntStream.Builder latents = IntStream.builder();
    try (PreparedStatement statement = Columns.prepared(connection, sql, values);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        latents.add(rows.getInt(1));
      }
    }
    return latents.build().toArray();
  }

  /** All densities by latent. */
  float[] densities(int latents) throws SQLException {
    float[] densities = new float[latents];
    try (PreparedStatement statement =
            connection.prepareStatement("SELECT latent, density FROM features");
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        densities[rows.getInt(1)] = rows.getFloat(2);
      }
    }
    return densities;
  }

  private long count(String where, List<Object> values) throws SQLException {
    try (PreparedStatement count =
            Columns.prepared(connection, "SELECT count(*) FROM features WHERE " + where, values);
        ResultSet rows = count.executeQuery()) {
      rows.next();
      return rows.getLong(1);
    }
  }

  /** Some latents without their examples, in the order given. */
  Map<Integer, FeatureList.Row> rows(List<Integer> latents) throws SQLException {
    Map<Integer, FeatureList.Row> found = new LinkedHashMap<>();
    if (latents.isEmpty()) {
      return found;
    }
    String sql =
        "SELECT %s FROM features WHERE latent IN (%s)"
            .formatted(COLUMNS, Columns.places(latents.size()));
    Map<Integer, FeatureList.Row> any = read(sql, latents);
    for (int latent : latents) {
      if (any.containsKey(latent)) {
        found.put(latent, any.get(latent));
      }
    }
    return found;
  }

  /** The histograms of activations of some latents that fire, each from 0 to its maximum. */
  Map<Integer, List<Number>> histograms(Collection<Integer> latents) throws SQLException {
    Map<Integer, List<Number>> found = new HashMap<>();
    String sql = "SELECT latent, histogram FROM features WHERE active > 0 AND " + oneOf(latents);
    try (PreparedStatement statement = connection.prepareStatement(sql);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        found.put(rows.getInt("latent"), Columns.numbers(rows, "histogram"));
      }
    }
    return found;
  }

  /** Rows by latent, without their examples, in the order of the answer. */
  private Map<Integer, FeatureList.Row> read(String sql, List<?> values) throws SQLException {
    Map<Integer, FeatureList.Row> found = new LinkedHashMap<>();
    try (PreparedStatement statement = Columns.prepared(connection, sql, values);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        FeatureList.Row row = row(rows);
        found.put(row.latent(), row);
      }
    }
    return found;
  }

  private FeatureList.Row row(ResultSet row) throws SQLException {
    long active = row.getLong("active");
    return new FeatureList.Row(
        row.getInt("latent"),
        vocabulary.texts(Columns.numbers(row, "label")),
        row.getDouble("density"),
        active,
        row.getDouble("max"),
        row.getDouble("mean"),
        OptionalDouble.of(row.getDouble("norm")),
        active == 0,
        Optional.empty());
  }

  private static String where(FeatureQuery query, List<Object> values) {
    List<String> all = new ArrayList<>();
    switch (query.status()) {
      case ALIVE -> all.add("active > 0");
      case DEAD -> all.add("active = 0");
      case ALL -> {}
    }
    range(all, values, "density", query.density());
    range(all, values, "norm", query.norm());
    query.among().ifPresent(latents -> all.add(oneOf(latents)));
    if (!query.search().isEmpty()) {
      all.add(
          query.also().isEmpty()
              ? "contains(search, ?)"
              : "(contains(search, ?) OR " + oneOf(query.also()) + ")");
      values.add(query.search().toLowerCase(Locale.ROOT));
    }
    return all.isEmpty() ? "true" : String.join(" AND ", all);
  }

  /** Numbers need no place of their own, and there may be tens of thousands. */
  private static String oneOf(Collection<Integer> latents) {
    return latents.isEmpty()
        ? "false"
        : latents.stream()
            .map(String::valueOf)
            .collect(Collectors.joining(", ", "latent IN (SELECT unnest([", "]))"));
  }

  private static void range(
      List<String> all, List<Object> values, String column, FeatureQuery.Range range) {
    range
        .low()
        .ifPresent(
            low -> {
              all.add(column + " >= ?");
              values.add(low);
            });
    range
        .high()
        .ifPresent(
            high -> {
              all.add(column + " <= ?");
              values.add(high);
            });
  }

  private static String column(FeatureQuery.Sort sort) {
    return switch (sort) {
      case DENSITY -> "density";
      case MAX_ACTIVATION -> "max";
      case MEAN_ACTIVATION -> "mean";
      case NORM -> "norm";
      case LATENT -> "latent";
    };
  }
}
