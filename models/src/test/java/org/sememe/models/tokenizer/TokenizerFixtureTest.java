package org.sememe.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.sememe.models.testing.CachedModel;
import org.sememe.tensors.testing.Fixtures;

/** Every tokenizer of the fixtures against the values of the original library. */
class TokenizerFixtureTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TestFactory
  Stream<DynamicContainer> everyTokenizer() throws Exception {
    try (Stream<Path> listed = Files.list(Fixtures.require("tokenizers"))) {
      List<Path> folders = listed.filter(Files::isDirectory).sorted().toList();
      assertThat(folders).isNotEmpty();
      return folders.stream().map(this::container);
    }
  }

  private DynamicContainer container(Path folder) {
    TokenizerCases cases = new TokenizerCases(folder);
    return DynamicContainer.dynamicContainer(
        folder.getFileName().toString(),
        Stream.of(
            test("texts", folder, t -> cases.texts(t, byteLevel(folder))),
            test(
                "plain texts",
                folder,
                t -> cases.plainTexts(t, unknown(folder), byteLevel(folder))),
            test("bos", folder, cases::bos),
            test("vocabulary", folder, cases::vocabulary),
            test("chats", folder, cases::chats)));
  }

  private interface Check {
    void check(Tokenizer tokenizer) throws Exception;
  }

  private static DynamicTest test(String name, Path folder, Check check) {
    return DynamicTest.dynamicTest(
        name,
        () -> {
          Path source =
              Files.exists(folder.resolve("tokenizer.json"))
                  ? folder
                  : CachedModel.require(folder.getFileName().toString());
          try (Tokenizer tokenizer = Tokenizers.open(source)) {
            check.check(tokenizer);
          }
        });
  }

  private static JsonNode json(Path folder) throws Exception {
    Path file = folder.resolve("tokenizer.json");
    return Files.exists(file) ? JSON.readTree(file.toFile()) : JSON.createObjectNode();
  }

  /** A folder with settings in place of a tokenizer is that of a GGUF file. */
  private static boolean byteLevel(Path folder) throws Exception {
    return json(folder).path("decoder").toString().contains("ByteLevel")
        || Files.exists(folder.resolve("settings.json"));
  }

  /** The id for what the vocabulary cannot write: special, and yet of ordinary text. */
  private static Set<Integer> unknown(Path folder) throws Exception {
    JsonNode model = json(folder).path("model");
    if (model.path("unk_id").isInt()) {
      return Set.of(model.path("unk_id").asInt());
    }
    JsonNode id = model.path("vocab").path(model.path("unk_token").asText());
    return id.isInt() ? Set.of(id.asInt()) : Set.of();
  }
}
