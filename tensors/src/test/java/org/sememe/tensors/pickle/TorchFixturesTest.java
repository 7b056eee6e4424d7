package org.sememe.tensors.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;
import static org.sememe.tensors.testing.TensorAssertions.assertSameBits;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.pickle.PickleValue.Binary;
import org.sememe.tensors.pickle.PickleValue.Bool;
import org.sememe.tensors.pickle.PickleValue.Dict;
import org.sememe.tensors.pickle.PickleValue.Int;
import org.sememe.tensors.pickle.PickleValue.Items;
import org.sememe.tensors.pickle.PickleValue.Name;
import org.sememe.tensors.pickle.PickleValue.None;
import org.sememe.tensors.pickle.PickleValue.Real;
import org.sememe.tensors.pickle.PickleValue.TensorValue;
import org.sememe.tensors.pickle.PickleValue.Text;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.testing.Fixtures;

/** The odd but good files of torch, each against a picture of its object. */
class TorchFixturesTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TestFactory
  Stream<DynamicTest> goodFiles() throws IOException {
    Path folder = Fixtures.require("formats/pickle");
    Torch.start(2);
    return JSON.readTree(folder.resolve("manifest.json").toFile())
        .valueStream()
        .map(
            entry ->
                dynamicTest(
                    entry.get("file").asText() + ": " + entry.get("note").asText(),
                    () -> check(folder, entry.get("file").asText())));
  }

  /** Whole checkpoints of many libraries: every tensor is read, and as large as it says. */
  @TestFactory
  Stream<DynamicTest> checkpointsOfLibraries() throws IOException {
    Path formats = Fixtures.require("formats");
    Torch.start(2);
    List<Path> files = new ArrayList<>();
    for (Path root : List.of(formats, Fixtures.root().resolve("models"))) {
      try (Stream<Path> all = Files.walk(root)) {
        all.filter(TorchFixturesTest::checkpoint).forEach(files::add);
      }
    }
    assertThat(files).isNotEmpty();
    return files.stream()
        .map(file -> dynamicTest(formats.relativize(file).toString(), () -> readAll(file)));
  }

  private static boolean checkpoint(Path file) {
    String path = file.toString();
    return path.matches(".*\\.(pt|pth|bin)")
        && !path.contains("/bad/")
        && Files.isRegularFile(file);
  }

  private static void readAll(Path path) throws IOException {
    try (PointerScope scope = new PointerScope();
        TorchFile file = TorchFile.openAny(path)) {
      for (String name : file.names()) {
        if (file.readable(name)) {
          assertThat(file.tensor(name).nbytes()).as(name).isEqualTo(file.info(name).bytes());
        }
      }
    }
  }

  private static void check(Path folder, String name) throws IOException {
    String stem = name.substring(0, name.lastIndexOf('.'));
    JsonNode picture = JSON.readTree(folder.resolve(stem + ".expected.json").toFile());
    try (PointerScope scope = new PointerScope();
        TorchFile file = TorchFile.openAny(folder.resolve(name));
        SafetensorsFile values =
            SafetensorsFile.open(folder.resolve(stem + ".expected.safetensors"))) {
      new Comparison(file, values).compare("object", file.root(), picture);
      assertThat(file.names()).as("names of tensors").hasSameSizeAs(values.names());
    }
  }

  private record Comparison(TorchFile file, SafetensorsFile values) {
    void compare(String at, PickleValue actual, JsonNode picture) {
      String kind = picture.fieldNames().next();
      JsonNode expected = picture.get(kind);
      switch (kind) {
        case "dict" -> dict(at, (Dict) actual, expected);
        case "list", "tuple" -> {
          assertThat(((Items) actual).tuple()).as(at).isEqualTo(kind.equals("tuple"));
          items(at, (Items) actual, expected);
        }
        case "size" -> {
          List<Long> sizes = expected.valueStream().map(JsonNode::asLong).toList();
          assertThat(((Items) actual).values())
              .as(at)
              .extracting(v -> v.integer().orElseThrow())
              .isEqualTo(sizes);
        }
        case "int" ->
            assertThat(((Int) actual).value().toString()).as(at).isEqualTo(expected.asText());
        case "float" ->
            assertThat(((Real) actual).value())
                .as(at)
                .isEqualTo(Double.valueOf(real(expected.asText())));
        case "str" -> assertThat(actual).as(at).isEqualTo(new Text(expected.asText()));
        case "bytes_hex" ->
            assertThat(((Binary) actual).value())
                .as(at)
                .isEqualTo(ByteBuffer.wrap(HexFormat.of().parseHex(expected.asText())));
        case "value" ->
            assertThat(actual)
                .as(at)
                .isEqualTo(expected.isNull() ? new None() : new Bool(expected.asBoolean()));
        case "other" ->
            assertThat(actual)
                .as(at)
                .isIn(new Name(expected.asText()), new Text(expected.asText()));
        case "tensor" -> tensor(at, (TensorValue) actual, picture);
        default -> throw new AssertionError(at + ": what is " + kind + "?");
      }
    }

    private static double real(String text) {
      return switch (text) {
        case "nan" -> Double.NaN;
        case "inf" -> Double.POSITIVE_INFINITY;
        case "-inf" -> Double.NEGATIVE_INFINITY;
        default -> Double.parseDouble(text);
      };
    }

    private void dict(String at, Dict actual, JsonNode expected) {
      assertThat(actual.entries()).as(at).hasSize(expected.size());
      int index = 0;
      for (Map.Entry<PickleValue, PickleValue> entry : actual.entries().entrySet()) {
        JsonNode pair = expected.get(index++);
        compare(at + " key " + index, entry.getKey(), pair.get(0));
        compare(at + "." + entry.getKey(), entry.getValue(), pair.get(1));
      }
    }

    private void items(String at, Items actual, JsonNode expected) {
      assertThat(actual.values()).as(at).hasSize(expected.size());
      for (int i = 0; i < expected.size(); i++) {
        compare(at + "." + i, actual.values().get(i), expected.get(i));
      }
    }

    private void tensor(String at, TensorValue actual, JsonNode picture) {
      String name = picture.get("tensor").asText();
      assertThat(actual.type()).as(at).isEqualTo(values.info(name).type());
      assertThat(actual.layout().shape()).as(at).isEqualTo(values.info(name).shape());
      assertThat(actual.parameter()).as(at).isEqualTo(picture.get("parameter").asBoolean());
      if (values.readable(name)) {
        assertSameBits(at, file.tensor(actual), values.tensor(name));
      } else {
        assertThatThrownBy(() -> file.tensor(actual))
            .isInstanceOf(UnsupportedOperationException.class)
            .hasMessageContaining(actual.type().name());
      }
    }
  }
}
