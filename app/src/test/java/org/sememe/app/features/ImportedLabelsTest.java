package org.sememe.app.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sememe.app.studio.FeatureNotes;
import org.sememe.app.studio.FeatureNotes.Note;

/** Labels of Neuronpedia's and delphi's files, whole and damaged. */
class ImportedLabelsTest {
  private static final int LATENTS = 100;

  /** Fields as an export of Neuronpedia's has them. */
  private static final String LINES =
      """
      {"id":"a1","modelId":"gpt2-small","layer":"9-res-jb","index":"3","description":"bodies of water\\n and ships","authorId":"x","typeName":"oai_token-act-pair","explanationModelName":"gpt-4o-mini","embedding":"[0.1,-0.2]","notes":null}
      {"id":"a2","modelId":"gpt2-small","layer":"9-res-jb","index":"3","description":"a second opinion"}

      {"id":"a3","modelId":"gpt2-small","layer":"9-res-jb","index":"17","description":"日本語 <script>alert(1)</script>","notes":"mine"}
      """;

  @TempDir private Path folder;

  private Map<Integer, Note> read(Optional<String> hook) throws IOException {
    return ImportedLabels.read(folder, LATENTS, hook);
  }

  private Path write(String name, String text) throws IOException {
    Path file = folder.resolve("explanations").resolve(name);
    Files.createDirectories(file.getParent());
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return Files.write(file, name.endsWith(".gz") ? zipped(bytes) : bytes);
  }

  private static byte[] zipped(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  @Test
  void neuronpediasFirstLabelOfAFeatureCounts() throws IOException {
    write("batch-0.jsonl.gz", LINES);
    write("batch-1.jsonl", "{\"layer\":\"9-res-jb\",\"index\":0,\"description\":\"plain\"}");
    assertThat(read(Optional.empty()))
        .containsOnly(
            Map.entry(0, new Note("plain", "")),
            Map.entry(3, new Note("bodies of water and ships", "")),
            Map.entry(17, new Note("日本語 <script>alert(1)</script>", "mine")));
  }

  @Test
  void delphisFilesAreOfHookPoints() throws IOException {
    write("layers.5.mlp_latent12.txt", "\"a label\"");
    assertThat(read(Optional.empty())).containsOnly(Map.entry(12, new Note("a label", "")));
    write("layers.6.mlp_latent12.txt", "\"another\"\n");
    assertThatThrownBy(() -> read(Optional.empty()))
        .hasMessageContainingAll("--hook", "layers.5.mlp, layers.6.mlp");
    assertThatThrownBy(() -> read(Optional.of("layers.7")))
        .hasMessageContainingAll("layers.7", "layers.5.mlp, layers.6.mlp");
    assertThat(read(Optional.of("layers.6.mlp"))).containsEntry(12, new Note("another", ""));
  }

  @Test
  void aLongLabelIsCutAndItsWholeIsInTheNote() throws IOException {
    String whole = "x".repeat(198) + "🌊 and more";
    write("7.txt", '"' + whole + '"');
    Note note = read(Optional.empty()).get(7);
    assertThat(note.label()).isEqualTo("x".repeat(198) + "…");
    assertThat(note.note()).isEqualTo(whole);
    write("7.txt", '"' + "y".repeat(500_000) + '"');
    assertThat(read(Optional.empty()).get(7).note()).hasSize(FeatureNotes.MOST_NOTE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "3",
        "{}",
        "{\"index\":\"3\"}",
        "{\"index\":\"-3\",\"description\":\"a\"}",
        "{\"index\":\"3.5\",\"description\":\"a\"}",
        "{\"index\":\"100\",\"description\":\"a\"}",
        "{\"index\":\"99999999999\",\"description\":\"a\"}",
        "{\"index\":\"3\",\"description\":7}",
        "{\"index\":\"3\",\"description\":\"a\"",
        "not json"
      })
  void aWrongLineIsNamed(String line) throws IOException {
    Path file = write("batch-0.jsonl", LINES + line + "\n");
    assertThatThrownBy(() -> read(Optional.empty()))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(file + ": line 4: ")
        .message()
        .doesNotContain("\n");
  }

  @Test
  void whatIsNotThereOrTooLongIsSaid() throws IOException {
    assertThatThrownBy(() -> read(Optional.empty())).hasMessageContaining("no explanations");
    write("3.txt", "{}");
    assertThatThrownBy(() -> read(Optional.empty())).hasMessageContaining("JSON string");
    write("3.txt", "\n".repeat(1 << 21) + '"' + "x".repeat(1 << 21));
    assertThatThrownBy(() -> read(Optional.empty())).hasMessageContaining("a million characters");
    write("3.txt", "\"\"");
    assertThatThrownBy(() -> read(Optional.empty())).hasMessageContaining("no explanations");
    write("3.txt", "[".repeat(100_000));
    assertThatThrownBy(() -> read(Optional.empty())).hasMessageContaining("not JSON");
  }

  /** A damaged file gives labels of latents that are there, or one line that names it. */
  @Test
  void aDamagedFileIsOneClearLine() throws IOException {
    byte[] plain = LINES.getBytes(StandardCharsets.UTF_8);
    Path zip = write("batch-0.jsonl.gz", LINES);
    byte[] zipped = Files.readAllBytes(zip);
    int refused = 0;
    for (int seed = 0; seed < 600; seed++) {
      Random random = new Random(seed);
      byte[] bytes =
          mutated(random.nextBoolean() ? zipped : zipped(mutated(plain, random)), random);
      Files.write(zip, bytes);
      try {
        assertThat(read(Optional.empty()).keySet()).allMatch(l -> l >= 0 && l < LATENTS);
      } catch (IOException problem) {
        refused++;
        assertThat(problem.getMessage())
            .as("seed " + seed)
            .contains("explanations")
            .doesNotContain("\n");
      }
    }
    assertThat(refused).isBetween(100, 600);
  }

  private static byte[] mutated(byte[] bytes, Random random) {
    byte[] changed = bytes.clone();
    for (int i = random.nextInt(4); i > 0; i--) {
      changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
    }
    return random.nextInt(4) == 0
        ? Arrays.copyOf(changed, random.nextInt(changed.length))
        : changed;
  }
}
