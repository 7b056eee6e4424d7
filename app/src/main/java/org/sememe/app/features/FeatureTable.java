package org.sememe.app.features;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;
import org.sememe.analysis.index.FeatureDetail;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.app.studio.FeatureNotes;

/** Statistics of features as a table, which DuckDB writes. */
final class FeatureTable {
  private static final String SCHEMA =
      "CREATE TABLE features (latent INTEGER, label VARCHAR, note VARCHAR, top_tokens VARCHAR,"
          + " density DOUBLE, active_tokens BIGINT, tokens BIGINT, max_activation DOUBLE,"
          + " mean_activation DOUBLE, norm DOUBLE, raised VARCHAR, lowered VARCHAR,"
          + " nearest INTEGER, nearest_cosine DOUBLE, partner INTEGER,"
          + " partner_phi DOUBLE, partner_together BIGINT)";

  private FeatureTable() {}

  static void write(
      FeatureIndex index, FeatureNotes notes, List<Integer> latents, Path out, String format)
      throws IOException {
    Map<Integer, FeatureNotes.Note> written = notes.all();
    try (Connection opened = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = opened.createStatement()) {
      DuckDBConnection connection = opened.unwrap(DuckDBConnection.class);
      statement.execute(SCHEMA);
      try (DuckDBAppender rows =
          connection.createAppender(DuckDBConnection.DEFAULT_SCHEMA, "features")) {
        for (int latent : latents) {
          row(
              rows,
              index.feature(latent).orElseThrow(),
              written.getOrDefault(latent, FeatureNotes.Note.NONE));
        }
      }
      statement.execute(
          "COPY features TO '" + out.toString().replace("'", "''") + "' (FORMAT " + format + ")");
    } catch (SQLException e) {
      throw new IOException(
          out.getFileName() + ": " + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
          e);
    }
  }

  private static void row(DuckDBAppender rows, FeatureDetail feature, FeatureNotes.Note note)
      throws SQLException {
    rows.beginRow()
        .append(feature.latent())
        .append(note.label())
        .append(note.note())
        .append(tokens(feature.topTokens()))
        .append(feature.density())
        .append(feature.activeTokens())
        .append(feature.tokens())
        .append(feature.maxActivation())
        .append(feature.meanActivation());
    if (feature.norm().isPresent()) {
      rows.append(feature.norm().getAsDouble());
    } else {
      rows.appendNull();
    }
    rows.append(
            tokens(feature.logits().raised().stream().map(FeatureDetail.Effect::token).toList()))
        .append(
            tokens(feature.logits().lowered().stream().map(FeatureDetail.Effect::token).toList()));
    if (feature.neighbours().isEmpty()) {
      rows.appendNull().appendNull();
    } else {
      FeatureDetail.Neighbour nearest = feature.neighbours().getFirst();
      rows.append(nearest.latent()).append(nearest.cosine());
    }
    Optional<FeatureDetail.Partner> partner =
        feature.coactivation().flatMap(all -> all.partners().stream().findFirst());
    if (partner.isEmpty()) {
      rows.appendNull().appendNull().appendNull();
    } else {
      rows.append(partner.get().latent())
          .append(partner.get().phi())
          .append(partner.get().together());
    }
    rows.endRow();
  }

  /** Tokens as a JSON list: they may hold anything, separators too. */
  private static String tokens(List<String> tokens) {
    return NeuronpediaFolder.json(tokens);
  }
}
