package org.sememe.analysis.index;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** Everything about one feature. */
final class DetailQuery {
  private final Connection connection;
  private final Vocabulary vocabulary;
  private final long rows;
  private final int intervals;
  private final Optional<Long> coactivationTokens;

  DetailQuery(Connection connection, Vocabulary vocabulary, Map<String, String> meta) {
    this.connection = connection;
    this.vocabulary = vocabulary;
    this.rows = Long.parseLong(meta.get("tokens"));
    this.intervals = Integer.parseInt(meta.get("intervals"));
    this.coactivationTokens =
        Optional.ofNullable(meta.get(IndexWriter.COACTIVATION_TOKENS)).map(Long::valueOf);
  }

  Optional<FeatureDetail> run(int latent) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT * FROM features WHERE latent = ?")) {
      statement.setInt(1, latent);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? Optional.of(detail(latent, row)) : Optional.empty();
      }
    }
  }

  private FeatureDetail detail(int latent, ResultSet row) throws SQLException {
    long active = row.getLong("active");
    double max = row.getDouble("max");
    boolean dead = active == 0;
    List<Long> bins = Columns.numbers(row, "histogram").stream().map(Number::longValue).toList();
    return new FeatureDetail(
        latent,
        vocabulary.texts(Columns.numbers(row, "label")),
        row.getDouble("density"),
        active,
        rows,
        max,
        row.getDouble("mean"),
        OptionalDouble.of(row.getDouble("norm")),
        dead,
        new FeatureDetail.Histogram(dead ? List.of() : bins),
        dead ? List.of() : intervals(bins, max),
        new ExampleQuery(connection).of(latent, vocabulary),
        new FeatureDetail.Logits(
            effects(row, "raised", "raised_effects"), effects(row, "lowered", "lowered_effects")),
        neighbours(row),
        statistics(row, active),
        coactivation(latent));
  }

  private List<FeatureDetail.Interval> intervals(List<Long> bins, double max) {
    List<FeatureDetail.Interval> all = new ArrayList<>();
    int binsEach = bins.size() / intervals;
    for (int i = 0; i < intervals; i++) {
      long count =
          bins.subList(i * binsEach, (i + 1) * binsEach).stream().mapToLong(Long::longValue).sum();
      all.add(new FeatureDetail.Interval(max * i / intervals, max * (i + 1) / intervals, count));
    }
    return all;
  }

  private List<FeatureDetail.Effect> effects(ResultSet row, String tokens, String effects)
      throws SQLException {
    List<String> texts = vocabulary.texts(Columns.numbers(row, tokens));
    List<Number> values = Columns.numbers(row, effects);
    List<FeatureDetail.Effect> all = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      all.add(new FeatureDetail.Effect(texts.get(i), values.get(i).doubleValue()));
    }
    return all;
  }

  private List<FeatureDetail.Neighbour> neighbours(ResultSet row) throws SQLException {
    List<Integer> latents =
        Columns.numbers(row, "neighbours").stream().map(Number::intValue).toList();
    List<Number> cosines = Columns.numbers(row, "cosines");
    Map<Integer, FeatureList.Row> others = new ListQuery(connection, vocabulary).rows(latents);
    List<FeatureDetail.Neighbour> all = new ArrayList<>();
    for (int i = 0; i < latents.size(); i++) {
      FeatureList.Row other = others.get(latents.get(i));
      all.add(
          new FeatureDetail.Neighbour(
              other.latent(), other.topTokens(), cosines.get(i).doubleValue(), other.density()));
    }
    return all;
  }

  private List<FeatureDetail.TokenStatistic> statistics(ResultSet row, long active)
      throws SQLException {
    List<Number> tokens = Columns.numbers(row, "tokens");
    List<Number> counts = Columns.numbers(row, "token_counts");
    List<FeatureDetail.TokenStatistic> all = new ArrayList<>();
    for (int i = 0; i < tokens.size(); i++) {
      long base = vocabulary.baseCount(tokens.get(i).intValue());
      long count = counts.get(i).longValue();
      double share = (double) count / active;
      all.add(
          new FeatureDetail.TokenStatistic(
              vocabulary.text(tokens.get(i).intValue()),
              count,
              share,
              share / ((double) base / rows),
              base));
    }
    return all;
  }

  private Optional<FeatureDetail.Coactivation> coactivation(int latent) throws SQLException {
    if (coactivationTokens.isEmpty()) {
      return Optional.empty();
    }
    long tokens = coactivationTokens.get();
    try (PreparedStatement statement =
            Columns.prepared(
                connection, "SELECT * FROM coactivations WHERE latent = ?", List.of(latent));
        ResultSet row = statement.executeQuery()) {
      return row.next() ? Optional.of(coactivation(row, tokens)) : Optional.empty();
    }
  }

  private FeatureDetail.Coactivation coactivation(ResultSet row, long tokens) throws SQLException {
    long active = row.getLong("active");
    List<Integer> latents =
        Columns.numbers(row, "partners").stream().map(Number::intValue).toList();
    List<Number> actives = Columns.numbers(row, "partners_active");
    List<Number> together = Columns.numbers(row, "together");
    Map<Integer, FeatureList.Row> others = new ListQuery(connection, vocabulary).rows(latents);
    List<FeatureDetail.Partner> all = new ArrayList<>();
    for (int i = 0; i < latents.size(); i++) {
      Cooccurrence both =
          new Cooccurrence(together.get(i).longValue(), active, actives.get(i).longValue(), tokens);
      all.add(
          new FeatureDetail.Partner(
              latents.get(i),
              others.get(latents.get(i)).topTokens(),
              both.together(),
              both.other(),
              both.expected(),
              both.phi()));
    }
    return new FeatureDetail.Coactivation(tokens, active, all);
  }
}
