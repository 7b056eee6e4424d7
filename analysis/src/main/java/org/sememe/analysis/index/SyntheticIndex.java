package org.sememe.analysis.index;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An index of made-up features of any number, as large as a real one of as many latents would be:
 * to measure whoever asks it. Every value follows from the latent and the seed. Stateless,
 * thread-safe.
 */
public final class SyntheticIndex {
  /** Rows that the features are said to be counted on. */
  private static final long ROWS = 10_000_000;

  private static final int VOCABULARY = 49_152;
  private static final int CONTEXTS = 8_000;
  private static final int CONTEXT_LENGTH = 128;
  private static final int DOCUMENTS = 500;
  private static final int WIDTH = 576;

  /** One latent in so many never fires. */
  private static final int DEAD = 50;

  private SyntheticIndex() {}

  /**
   * Writes one; the file is replaced whole, or left as it was. Memory does not grow with the number
   * of latents.
   *
   * @param latents at least 1
   * @param examples of each latent that fires, at least 1
   * @throws IOException if the file cannot be written
   */
  public static void write(Path file, int latents, int examples, long seed) throws IOException {
    if (latents < 1 || examples < 1) {
      throw new IllegalArgumentException("latents and examples must be at least 1");
    }
    try (IndexWriter writer = new IndexWriter(file)) {
      Map<String, String> meta = new LinkedHashMap<>();
      meta.put("version", IndexWriter.VERSION);
      meta.put("stamp", "synthetic");
      meta.put("model", "synthetic");
      meta.put("hook", "blocks.0.hook_resid_post");
      meta.put("width", Integer.toString(WIDTH));
      meta.put("latents", Integer.toString(latents));
      meta.put("k", "32");
      meta.put("tokens", Long.toString(ROWS));
      meta.put("contexts", Integer.toString(CONTEXTS));
      meta.put("intervals", "8");
      meta.put("text", "synthetic");
      writer.meta(meta);
      writer.run(VOCABULARY_SQL.formatted(VOCABULARY));
      writer.run(
          "INSERT INTO documents SELECT d, 'document ' || d FROM range(%d) t(d)"
              .formatted(DOCUMENTS));
      writer.run(
          CONTEXTS_SQL.formatted(
              CONTEXT_LENGTH, seed, VOCABULARY, CONTEXT_LENGTH, DOCUMENTS, CONTEXTS));
      writer.run(
          FEATURES_SQL
              .replace("$seed", Long.toString(seed))
              .replace("$vocabulary", Integer.toString(VOCABULARY))
              .replace("$latents", Integer.toString(latents))
              .replace("$dead", Integer.toString(DEAD))
              .replace("$rows", Long.toString(ROWS)));
      writer.run(
          EXAMPLES_SQL
              .replace("$seed", Long.toString(seed))
              .replace("$contexts", Integer.toString(CONTEXTS))
              .replace("$length", Integer.toString(CONTEXT_LENGTH))
              .replace("$examples", Integer.toString(examples)));
      writer.meta(Map.of(IndexWriter.COACTIVATION_TOKENS, Long.toString(ROWS)));
      writer.run(
          COACTIVATIONS_SQL
              .replace("$seed", Long.toString(seed))
              .replace("$latents", Integer.toString(latents)));
      writer.commit();
    } catch (SQLException e) {
      throw new IOException(file + ": the index cannot be written: " + e.getMessage(), e);
    }
  }

  private static final String VOCABULARY_SQL =
      "INSERT INTO vocabulary SELECT t, ' word' || t, 1 + 10000000 // (t + 10) FROM range(%d) r(t)";

  private static final String CONTEXTS_SQL =
      """
      INSERT INTO contexts SELECT c, CASE WHEN c %% 10 = 0 THEN 'held_out' ELSE 'train' END,
        list_transform(range(%d), lambda p: (hash(c, p, %d) %% %d)::INTEGER),
        list_transform(range(%d), lambda p: (c %% %d)::BIGINT)
      FROM range(%d) r(c)
      """;

  private static final String FEATURES_SQL =
      """
      INSERT INTO features
      SELECT l, active, active / $rows, top, top * 0.3, 0.5 + (hash(l, 1, $seed) % 1000) / 1000,
        array_to_string(list_transform(tokens, lambda t: ' word' || t), chr(1)),
        tokens[1:6], bins, tokens, list_transform(tokens, lambda t: active // 40 + t % 7),
        tokens[1:10], effects, tokens[11:20], list_transform(effects, lambda e: -e),
        list_transform(range(10), lambda i: (hash(l, i, 2, $seed) % $latents)::INTEGER), effects
      FROM (
        SELECT l,
          CASE WHEN l % $dead = 7 THEN 0
            ELSE (10 ^ (1 + 5 * (hash(l, 3, $seed) % 100000) / 100000))::BIGINT END AS active,
          CASE WHEN l % $dead = 7 THEN 0 ELSE 5 + (hash(l, 4, $seed) % 9000) / 100 END AS top,
          list_transform(range(20),
            lambda i: (hash(l, i, 5, $seed) % $vocabulary)::INTEGER) AS tokens,
          list_transform(range(48), lambda i: (active >> (i // 4))::BIGINT) AS bins,
          list_transform(range(10), lambda i: (1 / (i + 1.5))::FLOAT) AS effects
        FROM range($latents) r(l))
      """;

  private static final String EXAMPLES_SQL =
      """
      INSERT INTO examples
      SELECT latent, i, i < 12, CASE WHEN i < 12 THEN 7 ELSE 7 - i % 8 END, top / (1 + i / 8.0),
        (hash(latent, i, 6, $seed) % $contexts)::INTEGER, peak, [peak - 1, peak, peak + 1],
        [top / 3, top / (1 + i / 8.0), top / 5]::FLOAT[]
      FROM (
        SELECT latent, max AS top, i, (2 + hash(latent, i, 7, $seed) % ($length - 4))::INTEGER AS peak
        FROM features, range($examples) r(i) WHERE active > 0 ORDER BY latent, i)
      """;

  private static final String COACTIVATIONS_SQL =
      """
      INSERT INTO coactivations
      SELECT latent, active,
        list_transform(range(10), lambda i: (hash(latent, i, 8, $seed) % $latents)::INTEGER),
        list_transform(range(10), lambda i: active + i),
        list_transform(range(10), lambda i: active // (2 + i))
      FROM features ORDER BY latent
      """;
}
