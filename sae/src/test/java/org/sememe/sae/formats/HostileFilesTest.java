package org.sememe.sae.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.Fixtures;

/** Damaged, hostile and inconsistent files: one clear line, soon, or a dictionary that works. */
class HostileFilesTest {
  private static final Duration SOON = Duration.ofSeconds(1);

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  @TestFactory
  List<DynamicTest> everyFile() throws IOException {
    Path bad = Fixtures.require("formats/bad");
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode entry : new ObjectMapper().readTree(bad.resolve("manifest.json").toFile())) {
      String name = entry.path("file").asText();
      if (Files.exists(bad.resolve(name))) {
        String expect = entry.path("expect").asText();
        tests.add(DynamicTest.dynamicTest(name, () -> check(bad.resolve(name), expect)));
      }
    }
    return tests;
  }

  private static void check(Path file, String expect) {
    long start = System.nanoTime();
    Optional<IOException> refusal = refusal(file);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SOON);
    refusal.ifPresent(
        e -> {
          assertThat(e).as("%s", e.getMessage()).isInstanceOf(FormatException.class);
          assertThat(e.getMessage()).startsWith(file.toString()).doesNotContain("\n");
        });
    boolean whole = Files.isDirectory(file) || file.toString().endsWith(".yaml");
    if (expect.equals("refuse") || expect.startsWith("refuse;")) {
      assertThat(refusal).as("what was expected: " + expect).isPresent();
    } else if (whole && expect.startsWith("accept") && !expect.contains("or refuse")) {
      assertThat(refusal).as("what was expected: " + expect).isEmpty();
    }
  }

  /** What was said against a file; a dictionary that is read must compute without NaN. */
  private static Optional<IOException> refusal(Path file) {
    try (PointerScope scope = new PointerScope()) {
      if (file.toString().endsWith(".yaml")) {
        assertThat(YamlFile.read(file).isObject()).isTrue();
        return Optional.empty();
      }
      try (Dictionary dictionary = DictionaryFiles.open(file)) {
        Tensor x = torch.ones(3, dictionary.facts().input().values());
        Tensor latents = dictionary.encode(x);
        assertThat(dictionary.decode(latents, x).isfinite().all().item_bool()).isTrue();
      }
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(e);
    }
  }

  @TestFactory
  List<DynamicTest> everyYamlIsPlainDataOrRefused() throws IOException {
    Path folder = Files.createTempDirectory("sememe-yaml");
    List<DynamicTest> tests = new ArrayList<>();
    for (String text :
        new String[] {
          "",
          "- 1",
          "a: &x [1]\nb: *x",
          "a: !!java.net.URL [x]",
          "a: !thing 3",
          "a: {a: {a: [",
          "a: 1\na: 2",
          "[1]: 2",
          "a".repeat(3) + ": " + "[".repeat(5000),
          "\t- x: 1\n y"
        }) {
      Path file = Files.writeString(Files.createTempFile(folder, "c", ".yaml"), text);
      tests.add(
          DynamicTest.dynamicTest(
              "text " + tests.size(),
              () ->
                  assertThatThrownBy(() -> YamlFile.read(file))
                      .isInstanceOf(FormatException.class)));
    }
    return tests;
  }
}
