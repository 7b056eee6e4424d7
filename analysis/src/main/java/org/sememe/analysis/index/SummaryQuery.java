package org.sememe.analysis.index;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** What an index says of itself as a whole. */
final class SummaryQuery {
  private static final int LOWEST = -6;
  private static final int BINS_PER_DECADE = 4;

  private SummaryQuery() {}

  static DictionarySummary run(Connection connection, Map<String, String> meta)
      throws SQLException {
    List<Long> bins = new ArrayList<>(Collections.nCopies(-LOWEST * BINS_PER_DECADE, 0L));
    int alive = 0;
    Optional<List<Double>> norms = Optional.empty();
    try (Statement statement = connection.createStatement()) {
      try (ResultSet rows =
          statement.executeQuery(
              "SELECT floor((log10(density) - (%d)) * %d)::BIGINT, count(*) FROM features WHERE density > 0 GROUP BY 1"
                  .formatted(LOWEST, BINS_PER_DECADE))) {
        while (rows.next()) {
          int here = Math.clamp(rows.getLong(1), 0, bins.size() - 1);
          bins.set(here, bins.get(here) + rows.getLong(2));
          alive += rows.getInt(2);
        }
      }
      try (ResultSet row = statement.executeQuery("SELECT min(norm), max(norm) FROM features")) {
        if (row.next() && row.getObject(1) != null) {
          norms = Optional.of(List.of(row.getDouble(1), row.getDouble(2)));
        }
      }
    }
    String k = meta.get("k");
    return new DictionarySummary(
        meta.getOrDefault("model", ""),
        meta.getOrDefault("hook", ""),
        Integer.parseInt(meta.get("width")),
        Integer.parseInt(meta.get("latents")),
        k == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(k)),
        Long.parseLong(meta.get("tokens")),
        Long.parseLong(meta.get("contexts")),
        alive,
        new DictionarySummary.DensityHistogram(LOWEST, 0, bins),
        norms,
        List.of(),
        false);
  }
}
