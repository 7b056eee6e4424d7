package org.sememe.tensors.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorType;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.testing.Fixtures;
import org.sememe.tensors.testing.TensorAssertions;

/** The files written by the original library: block types, metadata, damage. */
class GgufFixturesTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Files whose README lets a reader read them. */
  private static final String MAY_READ = "may (also )?be read";

  @TestFactory
  Stream<DynamicTest> everyBlockType() throws IOException {
    Path folder = Fixtures.require("gguf");
    JsonNode list = JSON.readTree(folder.resolve("quants.json").toFile());
    return list.valueStream()
        .map(
            entry ->
                dynamicTest(
                    entry.get("name").asText(), () -> compareTensor(folder, "quants", entry)));
  }

  private static void compareTensor(Path folder, String file, JsonNode entry) throws IOException {
    String name = entry.get("name").asText();
    try (PointerScope scope = new PointerScope();
        GgufFile gguf = GgufFile.open(folder.resolve(file + ".gguf"));
        SafetensorsFile expected = SafetensorsFile.open(folder.resolve(file + ".safetensors"))) {
      assertThat(gguf.info(name).type()).isEqualTo(TensorType.valueOf(entry.get("type").asText()));
      assertThat(gguf.info(name).shape()).isEqualTo(expected.info(name).shape());
      assertThat(gguf.info(name).type().blockBytes()).isEqualTo(entry.get("block_bytes").asInt());
      TensorAssertions.assertSameBits(name, gguf.floats(name), expected.floats(name));
    }
  }

  @TestFactory
  Stream<DynamicTest> metadata() throws IOException {
    Path folder = Fixtures.require("gguf").resolve("metadata");
    JsonNode expected = JSON.readTree(folder.resolve("metadata.json").toFile());
    return Stream.concat(
        expected
            .get("files")
            .propertyStream()
            .map(
                file ->
                    dynamicTest(
                        file.getKey(),
                        () -> {
                          Path path = folder.resolve(file.getKey() + ".gguf");
                          if (file.getValue().get("big_endian").asBoolean()) {
                            assertThatThrownBy(() -> GgufFile.open(path))
                                .isInstanceOf(FormatException.class)
                                .hasMessageContaining("big-endian");
                          } else {
                            compareFile(path, file.getValue(), expected.get("entries"));
                          }
                        })),
        expected
            .get("also")
            .propertyStream()
            .map(
                file ->
                    dynamicTest(
                        file.getKey(),
                        () -> {
                          try (GgufFile gguf =
                              GgufFile.open(folder.resolve(file.getKey() + ".gguf"))) {
                            assertThat(gguf.names()).isEmpty();
                          }
                        })));
  }

  private static void compareFile(Path path, JsonNode about, JsonNode entries) throws IOException {
    try (PointerScope scope = new PointerScope();
        GgufFile gguf = GgufFile.open(path);
        SafetensorsFile tensors =
            SafetensorsFile.open(path.resolveSibling("tensors.safetensors"))) {
      assertThat(gguf.version()).isEqualTo(about.get("version").asInt());
      for (JsonNode entry : entries) {
        String key = entry.get("key").asText();
        GgufValue value = gguf.metadata().value(key).orElseThrow();
        assertThat(value.type().name()).as(key).isEqualTo(entry.get("type").asText());
        if (value instanceof GgufValue.Array array) {
          assertThat(array.element().name()).as(key).isEqualTo(entry.get("element").asText());
        }
        compareValue(key, value, entry.get("value"));
      }
      boolean alignmentKey = about.path("general_alignment_key").asBoolean();
      assertThat(gguf.metadata().keys()).hasSize(entries.size() + (alignmentKey ? 1 : 0));
      assertThat(gguf.names()).containsExactlyInAnyOrderElementsOf(tensors.names());
      for (String name : tensors.names()) {
        Tensor actual = gguf.tensor(name);
        TensorAssertions.assertSameBits(name, actual, tensors.tensor(name));
        assertThat(gguf.info(name).offset() % about.get("alignment").asLong()).isZero();
      }
    }
  }

  private static void compareValue(String key, GgufValue value, JsonNode expected) {
    switch (value) {
      case GgufValue.Text text -> assertThat(text.value()).as(key).isEqualTo(expected.textValue());
      case GgufValue.Flag flag ->
          assertThat(flag.value()).as(key).isEqualTo(expected.booleanValue());
      case GgufValue.Whole whole ->
          assertThat(whole.value()).as(key).hasToString(expected.asText());
      case GgufValue.Real real ->
          assertThat(real.value())
              .as(key)
              .isEqualTo(
                  (Double)
                      switch (expected.asText()) {
                        case "inf" -> Double.POSITIVE_INFINITY;
                        case "-inf" -> Double.NEGATIVE_INFINITY;
                        case "nan" -> Double.NaN;
                        default -> expected.doubleValue();
                      });
      case GgufValue.Array array -> {
        assertThat(array.values()).as(key).hasSize(expected.size());
        for (int i = 0; i < expected.size(); i++) {
          compareValue(key + "[" + i + "]", array.values().get(i), expected.get(i));
        }
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> damagedFiles() throws IOException {
    Path folder = Fixtures.require("gguf").resolve("bad");
    List<String> readable =
        Files.readAllLines(folder.resolve("README.md")).stream()
            .filter(line -> line.matches(".*" + MAY_READ + ".*"))
            .toList();
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".gguf")).sorted().toList().stream()
          .map(file -> dynamicTest(file.getFileName().toString(), () -> refuse(file, readable)));
    }
  }

  private static void refuse(Path file, List<String> readable) throws IOException {
    try (GgufFile gguf = GgufFile.open(file)) {
      assertThat(readable)
          .as("%s was read, which its README does not allow", file)
          .anyMatch(line -> line.contains(file.getFileName().toString()));
      assertThat(gguf.names()).isNotNull();
    } catch (FormatException e) {
      assertThat(e).hasMessageStartingWith(file + ": at byte ");
      assertThat(e.getMessage().lines()).hasSize(1);
    }
  }
}
