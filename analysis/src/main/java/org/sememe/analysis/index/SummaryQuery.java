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
    List<Double> norms = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT density, norm FROM features")) {
      while (rows.next()) {
        double density = rows.getDouble(1);
        if (density > 0) {
          alive++;
          long bin = (long) Math.floor((Math.log10(density) - LOWEST) * BINS_PER_DECADE);
          int here = Math.clamp(bin, 0, bins.size() - 1);
          bins.set(here, bins.get(here) + 1);
        }
        norms.add(rows.getDouble(2));
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
        norms.isEmpty()
            ? Optional.empty()
            : Optional.of(List.of(Collections.min(norms), Collections.max(norms))),
        List.of(),
        false);
  }
}
