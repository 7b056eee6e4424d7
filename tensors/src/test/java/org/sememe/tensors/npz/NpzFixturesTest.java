package org.sememe.tensors.npz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;
import static org.sememe.tensors.testing.TensorAssertions.assertSameBits;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.testing.Fixtures;

/** The odd but good files of numpy, each against the same arrays in another format. */
class NpzFixturesTest {
  @TestFactory
  Stream<DynamicTest> goodFiles() throws IOException {
    Path folder = Fixtures.require("formats/npz");
    Torch.start(2);
    return new ObjectMapper()
        .readTree(folder.resolve("manifest.json").toFile())
        .valueStream()
        .map(
            entry ->
                dynamicTest(
                    entry.get("file").asText() + ": " + entry.get("note").asText(),
                    () -> check(folder, entry.get("file").asText())));
  }

  private static void check(Path folder, String name) throws IOException {
    String stem = name.substring(0, name.lastIndexOf('.'));
    try (PointerScope scope = new PointerScope();
        NpzFile file = NpzFile.open(folder.resolve(name));
        SafetensorsFile expected =
            SafetensorsFile.open(folder.resolve(stem + ".expected.safetensors"))) {
      assertThat(file.names()).containsExactlyInAnyOrderElementsOf(expected.names());
      for (String array : expected.names()) {
        assertThat(file.info(array).type()).as(array).isEqualTo(expected.info(array).type());
        assertSameBits(array, file.tensor(array), expected.tensor(array));
      }
    }
  }
}
