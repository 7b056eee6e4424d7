package org.sememe.tensors.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.Fixtures;

/** The hostile and the odd files, each with what a careful reader should do. */
class SafetensorsFixturesTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TestFactory
  Stream<DynamicTest> hostileFiles() throws IOException {
    Path folder = Fixtures.require("formats/bad");
    Torch.start(2);
    return JSON.readTree(folder.resolve("manifest.json").toFile())
        .valueStream()
        .filter(entry -> entry.get("file").asText().endsWith(".safetensors"))
        .map(
            entry ->
                dynamicTest(
                    entry.get("file").asText() + ": " + entry.get("what").asText(),
                    () -> check(folder, entry)));
  }

  private static void check(Path folder, JsonNode entry) throws IOException {
    Path path = folder.resolve(entry.get("file").asText());
    String expected = entry.get("expect").asText();
    try (PointerScope scope = new PointerScope();
        SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(expected).as("%s was read", path).isNotEqualTo("refuse");
      for (String name : file.names()) {
        assertThat(file.tensor(name).nbytes()).isEqualTo(file.info(name).bytes());
      }
    } catch (FormatException e) {
      assertThat(expected).as("%s", e).isNotEqualTo("accept");
      assertThat(e).hasMessageStartingWith(path + ": at byte ");
      assertThat(e.getMessage().lines()).hasSize(1);
    }
  }
}
