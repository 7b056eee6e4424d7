package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sememe.analysis.index.FeatureDetail;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.app.studio.FeatureNotes;

/** Features written by the command, read back by others' readers, against the index. */
class FeatureExportCommandTest {
  private static final String MARKUP = "<script>alert(1)</script>\"'&";

  @TempDir private static Path folder;
  private static TinyRun tiny;

  @BeforeAll
  static void train() throws IOException {
    tiny = TinyRun.in(folder);
    new FeatureNotes(tiny.run().resolve(FeatureNotes.FILE))
        .put(3, new FeatureNotes.Note(MARKUP, "a, note; with \"marks\"\nand lines"));
  }

  private static List<FeatureDetail> features() throws IOException {
    try (FeatureIndex index = FeatureIndex.open(tiny.run().resolve("index.duckdb"))) {
      List<FeatureDetail> all = new ArrayList<>();
      for (int latent = 0; latent < TinyRun.LATENTS; latent++) {
        all.add(index.feature(latent).orElseThrow());
      }
      return all;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"csv", "parquet"})
  void aTableHasEveryFeatureOnce(String format) throws IOException, SQLException {
    Path out = folder.resolve("it's features." + format);
    JsonNode said = Sememe.json("export", tiny.run(), "--format", format, "--out", out);
    assertThat(said.path("features").asInt()).isEqualTo(TinyRun.LATENTS);

    List<FeatureDetail> features = features();
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT * FROM read_%s('%s') ORDER BY latent"
                    .formatted(
                        format.equals("csv") ? "csv" : "parquet",
                        out.toString().replace("'", "''")))) {
      for (FeatureDetail feature : features) {
        assertThat(row.next()).isTrue();
        assertThat(row.getInt("latent")).isEqualTo(feature.latent());
        assertThat(row.getDouble("density")).isEqualTo(feature.density());
        assertThat(row.getLong("tokens")).isEqualTo(feature.tokens());
        assertThat(row.getDouble("max_activation")).isEqualTo(feature.maxActivation());
        assertThat(row.getInt("nearest")).isEqualTo(feature.neighbours().getFirst().latent());
        Optional<FeatureDetail.Partner> partner =
            feature.coactivation().orElseThrow().partners().stream().findFirst();
        assertThat(row.getInt("partner")).isEqualTo(partner.map(p -> p.latent()).orElse(0));
        assertThat(row.wasNull()).isEqualTo(partner.isEmpty());
        double phi = row.getDouble("partner_phi");
        partner.ifPresent(p -> assertThat(phi).isEqualTo(p.phi()));
        if (feature.latent() == 3) {
          assertThat(row.getString("label")).isEqualTo(MARKUP);
          assertThat(row.getString("note")).endsWith("\"marks\"\nand lines");
        }
      }
      assertThat(row.next()).isFalse();
    }
  }

  @Test
  void neuronpediasFolderHasItsFields() throws IOException {
    Path out = folder.resolve("neuronpedia");
    Sememe.json("export", tiny.run(), "--format", "neuronpedia", "--out", out);

    List<FeatureDetail> features = features();
    List<JsonNode> lines = lines(out.resolve("features/batch-0.jsonl.gz"));
    assertThat(lines).hasSize(TinyRun.LATENTS);
    for (int i = 0; i < lines.size(); i++) {
      assertThat(lines.get(i).path("index").asText()).isEqualTo(Integer.toString(i));
      assertThat(lines.get(i).path("maxActApprox").asDouble())
          .isEqualTo(features.get(i).maxActivation());
      assertThat(lines.get(i).path("frac_nonzero").asDouble()).isEqualTo(features.get(i).density());
      assertThat(lines.get(i).path("pos_str")).hasSameSizeAs(lines.get(i).path("pos_values"));
    }
    List<JsonNode> activations = lines(out.resolve("activations/batch-0.jsonl.gz"));
    assertThat(activations)
        .hasSize(features.stream().mapToInt(feature -> feature.examples().size()).sum());
    for (JsonNode line : activations) {
      assertThat(line.path("tokens")).hasSameSizeAs(line.path("values"));
      assertThat(line.path("values").path(line.path("maxValueTokenIndex").asInt()).asDouble())
          .isEqualTo(line.path("maxValue").asDouble());
    }
    List<JsonNode> explanations = lines(out.resolve("explanations/batch-0.jsonl.gz"));
    assertThat(explanations).hasSize(1);
    assertThat(explanations.getFirst().path("description").asText()).isEqualTo(MARKUP);
  }

  @Test
  void labelsComeBackFromNeuronpediasFolderAndLeaveOthersAlone() throws IOException {
    Path out = folder.resolve("labels");
    Sememe.json("export", tiny.run(), "--format", "neuronpedia", "--out", out);
    Path file = tiny.run().resolve(FeatureNotes.FILE);
    byte[] before = Files.readAllBytes(file);
    try {
      FeatureNotes notes = new FeatureNotes(file);
      FeatureNotes.Note exported = notes.of(3);
      FeatureNotes.Note other = new FeatureNotes.Note("mine", "");
      notes.put(3, FeatureNotes.Note.NONE);
      notes.put(5, other);
      JsonNode said = Sememe.json("label", tiny.run(), "--from", out);
      assertThat(said.path("labels").asInt()).isEqualTo(1);
      assertThat(said.path("written").asInt()).isEqualTo(1);
      assertThat(notes.all()).containsOnly(Map.entry(3, exported), Map.entry(5, other));

      notes.put(3, other);
      assertThat(Sememe.json("label", tiny.run(), "--from", out).path("written").asInt()).isZero();
      assertThat(notes.of(3)).isEqualTo(other);
    } finally {
      Files.write(file, before);
    }
    Sememe wrong = Sememe.run("label", tiny.run(), "--from", tiny.run());
    assertThat(wrong.exitCode()).isEqualTo(1);
    assertThat(wrong.err()).contains("is no explanation");
  }

  private static List<JsonNode> lines(Path file) throws IOException {
    ObjectMapper json = new ObjectMapper();
    List<JsonNode> lines = new ArrayList<>();
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
      for (String line : in.lines().toList()) {
        lines.add(json.readTree(line));
      }
    }
    return lines;
  }

  @Test
  void thePageStandsAloneAndTextIsText() throws IOException {
    Path out = folder.resolve("page.html");
    Sememe.json("export", tiny.run(), "--format", "html", "--features", "3,5", "--out", out);

    String page = Files.readString(out);
    assertThat(page)
        .contains("id=\"f3\"", "id=\"f5\"", "default-src 'none'")
        .contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;")
        .doesNotContain("<script", "src=", "href=", "url(", "id=\"f4\"");
  }

  @Test
  void whatCannotBeWrittenIsOneClearLineAndLeavesNothing() throws IOException {
    Path out = Files.createDirectories(folder.resolve("empty")).resolve("x");
    assertThat(wrong("--format", "html", "--out", out)).contains("--features");
    assertThat(wrong("--format", "csv", "--features", TinyRun.LATENTS, "--out", out))
        .contains("0 to " + (TinyRun.LATENTS - 1));
    assertThat(wrong("--format", "saelens", "--features", 3, "--out", out)).contains("--features");
    assertThat(wrong("--format", "nothing", "--out", out)).contains("neuronpedia", "saelens");
    try (Stream<Path> files = Files.list(out.getParent())) {
      assertThat(files).isEmpty();
    }
    Path there = Files.writeString(folder.resolve("there.csv"), "mine");
    Sememe again = Sememe.run("export", tiny.run(), "--format", "csv", "--out", there);
    assertThat(again.exitCode()).isEqualTo(1);
    assertThat(again.err()).contains("already there");
    assertThat(Files.readString(there)).isEqualTo("mine");
  }

  private static String wrong(Object... options) {
    Object[] all = Stream.concat(Stream.of("export", tiny.run()), Stream.of(options)).toArray();
    Sememe run = Sememe.run(all);
    assertThat(run.exitCode()).isEqualTo(2);
    return run.err();
  }
}
