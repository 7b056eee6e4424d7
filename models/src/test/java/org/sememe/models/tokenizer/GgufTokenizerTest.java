package org.sememe.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sememe.models.testing.GgufWriter;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.testing.Fixtures;

/** Tokenizers inside GGUF files. */
class GgufTokenizerTest {
  private static final String PREFIX = "tokenizer.ggml.";

  @TempDir Path temporary;

  /** The byte-level tokenizers of the fixtures give the same ids when GGUF holds them. */
  @TestFactory
  Stream<DynamicTest> sameAsFolder() throws Exception {
    try (Stream<Path> listed = Files.list(Fixtures.require("tokenizers"))) {
      List<Path> folders = listed.filter(f -> Files.exists(f.resolve("tokenizer.json"))).toList();
      List<DynamicTest> tests = new ArrayList<>();
      for (Path folder : folders) {
        JsonNode json = new ObjectMapper().readTree(folder.resolve("tokenizer.json").toFile());
        String cuts = json.path("pre_tokenizer").toString();
        if (cuts.contains("ByteLevel")) {
          String pre = cuts.contains("{1,3}") ? "llama-bpe" : "gpt-2";
          tests.add(
              DynamicTest.dynamicTest(
                  folder.getFileName() + " as " + pre, () -> same(folder, json, pre)));
        }
      }
      assertThat(tests).isNotEmpty();
      return tests.stream();
    }
  }

  private void same(Path folder, JsonNode json, String pre) throws Exception {
    Path file = GgufWriter.write(temporary.resolve(pre + ".gguf"), metadata(json, pre));
    try (Tokenizer gguf = Tokenizers.open(file);
        Tokenizer expected = Tokenizers.open(folder)) {
      for (String line : Files.readAllLines(folder.resolve("cases.jsonl"))) {
        String text = new ObjectMapper().readTree(line).path("text").asText();
        assertThat(gguf.encode(text).ids()).isEqualTo(expected.encode(text).ids());
        assertThat(gguf.encodePlain(text).ids()).isEqualTo(expected.encodePlain(text).ids());
      }
      assertThat(gguf.vocabulary()).isEqualTo(expected.vocabulary());
    }
  }

  /** A SentencePiece model is kept as scores: those of Llama's layout give the cases' ids. */
  @TestFactory
  Stream<DynamicTest> scoresSameAsFolder() throws Exception {
    try (Stream<Path> listed = Files.list(Fixtures.require("tokenizers"))) {
      List<DynamicTest> tests = new ArrayList<>();
      for (Path folder : listed.filter(f -> Files.exists(f.resolve("tokenizer.json"))).toList()) {
        JsonNode json = new ObjectMapper().readTree(folder.resolve("tokenizer.json").toFile());
        if (json.path("model").path("byte_fallback").asBoolean()
            && json.path("normalizer").toString().contains("Prepend")) {
          tests.add(
              DynamicTest.dynamicTest(
                  folder.getFileName().toString(), () -> sameScores(folder, json)));
        }
      }
      assertThat(tests).isNotEmpty();
      return tests.stream();
    }
  }

  private void sameScores(Path folder, JsonNode json) throws Exception {
    Map<String, Object> metadata = metadata(json, "default");
    metadata.put(PREFIX + "model", "llama");
    List<?> tokens = (List<?>) metadata.get(PREFIX + "tokens");
    List<Double> scores = new ArrayList<>(Collections.nCopies(tokens.size(), 0.0));
    int rank = 0;
    for (JsonNode merge : json.path("model").path("merges")) {
      int id = tokens.indexOf(merge.path(0).asText() + merge.path(1).asText());
      scores.set(id, Math.min(scores.get(id), (double) -rank++));
    }
    metadata.put(PREFIX + "scores", scores);
    metadata.put(PREFIX + "token_type", types(json, tokens));
    metadata.put(PREFIX + "unknown_token_id", tokens.indexOf("<unk>"));
    metadata.put(PREFIX + "bos_token_id", tokens.indexOf("<s>"));
    metadata.remove(PREFIX + "add_bos_token");
    Path file = GgufWriter.write(temporary.resolve("scores.gguf"), metadata);
    TokenizerCases cases = new TokenizerCases(folder);
    try (Tokenizer gguf = Tokenizers.open(file)) {
      cases.texts(gguf, /* byteLevel= */ false);
      cases.bos(gguf);
      cases.vocabulary(gguf);
    }
  }

  /** Control tokens are those that the file adds; bytes are told by how they are written. */
  private static List<Integer> types(JsonNode json, List<?> tokens) {
    List<String> added = json.path("added_tokens").findValuesAsText("content");
    return tokens.stream()
        .map(Object::toString)
        .map(token -> added.contains(token) ? 3 : token.matches("<0x..>") ? 6 : 1)
        .toList();
  }

  private static Map<String, Object> metadata(JsonNode json, String pre) {
    JsonNode vocabulary = json.path("model").path("vocab");
    Map<Integer, String> tokens = new LinkedHashMap<>();
    Map<Integer, Integer> types = new LinkedHashMap<>();
    vocabulary.properties().forEach(e -> tokens.put(e.getValue().asInt(), e.getKey()));
    json.path("added_tokens")
        .forEach(
            token -> {
              tokens.put(token.path("id").asInt(), token.path("content").asText());
              types.put(token.path("id").asInt(), 3);
            });
    List<String> merges = new ArrayList<>();
    json.path("model")
        .path("merges")
        .forEach(merge -> merges.add(merge.path(0).asText() + " " + merge.path(1).asText()));
    int count = Collections.max(tokens.keySet()) + 1;
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put(PREFIX + "model", "gpt2");
    metadata.put(PREFIX + "pre", pre);
    metadata.put(PREFIX + "tokens", list(count, tokens, "<unused>"));
    metadata.put(PREFIX + "token_type", list(count, types, 1));
    metadata.put(PREFIX + "merges", merges);
    metadata.put(PREFIX + "add_bos_token", false);
    return metadata;
  }

  private static <T> List<T> list(int count, Map<Integer, T> values, T otherwise) {
    List<T> list = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      list.add(values.getOrDefault(i, otherwise));
    }
    return list;
  }

  /** A vocabulary of all bytes, two words and two control tokens. */
  private static Map<String, Object> small() {
    TokenBytes.ByteLevel alphabet = TokenBytes.ByteLevel.create();
    String[] tokens = new String[260];
    alphabet.bytes().forEach((character, value) -> tokens[value] = Character.toString(character));
    tokens[256] = "12";
    tokens[257] = "ab";
    tokens[258] = "<|endoftext|>";
    tokens[259] = "<|end|>";
    Integer[] types = new Integer[260];
    Arrays.fill(types, 1);
    types[258] = 3;
    types[259] = 3;
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put(PREFIX + "model", "gpt2");
    metadata.put(PREFIX + "pre", "qwen2");
    metadata.put(PREFIX + "tokens", List.of(tokens));
    metadata.put(PREFIX + "token_type", List.of(types));
    metadata.put(PREFIX + "merges", List.of("1 2", "a b"));
    metadata.put(PREFIX + "eos_token_id", 259);
    return metadata;
  }

  @Test
  void parts() throws Exception {
    try (Tokenizer tokenizer = Tokenizers.open(GgufWriter.write(temporary.resolve("a"), small()))) {
      assertThat(tokenizer.bos()).isEmpty();
      assertThat(tokenizer.separator()).hasValue(258);
      assertThat(tokenizer.stopIds()).containsExactlyInAnyOrder(258, 259);
      assertThat(tokenizer.hasChatTemplate()).isFalse();
      assertThat(tokenizer.token(0xE2)).isEqualTo("<0xE2>");
      assertThat(tokenizer.token(257)).isEqualTo("ab");
      assertThat(tokenizer.bytes(100_000)).isEmpty();
      assertThat(tokenizer.decodeText(new int[] {257, 259})).isEqualTo("ab");
      assertThat(tokenizer.decode(new int[] {257, 259})).isEqualTo("ab<|end|>");
      assertThatThrownBy(() -> tokenizer.decode(new int[] {-1}))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  /** Digits one by one with some names, in runs with others; composed characters with qwen2. */
  @ParameterizedTest
  @CsvSource({
    "qwen2, 12, 2",
    "smollm, 12, 2",
    "gpt-2, 12, 1",
    "llama-bpe, 12, 1",
    "dbrx, 12, 1",
    "smaug-bpe, 12, 1",
    "olmo, e\u0301, 2",
    "qwen2, e\u0301, 2",
    "gpt-2, e\u0301, 3",
  })
  void cuts(String pre, String text, int tokens) throws Exception {
    Map<String, Object> metadata = small();
    metadata.put(PREFIX + "pre", pre);
    metadata.put(PREFIX + "bos_token_id", 258);
    try (Tokenizer tokenizer =
        Tokenizers.open(GgufWriter.write(temporary.resolve("a"), metadata))) {
      assertThat(tokenizer.encode(text).count()).isEqualTo(tokens);
      assertThat(tokenizer.bos().isPresent()).isEqualTo(pre.equals("llama-bpe"));
    }
  }

  @Test
  void loneSurrogatesAndClosing() throws Exception {
    Tokenizer tokenizer = Tokenizers.open(GgufWriter.write(temporary.resolve("a"), small()));
    Tokens tokens = tokenizer.encode("\uD83D x\u0000\uDE00 \uD83D\uDE00ab");
    assertThat(tokenizer.decode(tokens.ids())).isEqualTo("\uFFFD x\u0000\uFFFD \uD83D\uDE00ab");
    assertThat(tokens.starts()[tokens.count() - 1]).isEqualTo(8);
    tokenizer.close();
    tokenizer.close();
    assertThatThrownBy(() -> tokenizer.encode("x")).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> tokenizer.encodePlain("x")).isInstanceOf(IllegalStateException.class);
  }

  @TestFactory
  Stream<DynamicTest> refused() {
    Map<String, Map<String, Object>> wrong = new LinkedHashMap<>();
    wrong.put("'t5'", Map.of(PREFIX + "model", "t5"));
    wrong.put("scores", Map.of(PREFIX + "model", "llama"));
    wrong.put(
        "260 tokens, but 1 scores",
        Map.of(PREFIX + "model", "llama", PREFIX + "scores", List.of(1.0)));
    wrong.put("'tekken'", Map.of(PREFIX + "pre", "tekken"));
    wrong.put("merge \"abc\"", Map.of(PREFIX + "merges", List.of("abc")));
    wrong.put("token_type", Map.of(PREFIX + "token_type", List.of(1)));
    wrong.put("eos_token_id is 260", Map.of(PREFIX + "eos_token_id", 260));
    wrong.put("tokens", Map.of(PREFIX + "tokens", 7));
    wrong.put("add_bos_token", Map.of(PREFIX + "add_bos_token", true));
    wrong.put("\"ab\" is there twice", Map.of(PREFIX + "tokens", twice()));
    wrong.put("the tokenizer is damaged", Map.of(PREFIX + "merges", List.of("no such")));
    return wrong.entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.getKey(),
                    () -> {
                      Map<String, Object> metadata = small();
                      metadata.putAll(entry.getValue());
                      Path file = GgufWriter.write(temporary.resolve("wrong.gguf"), metadata);
                      assertThatThrownBy(() -> Tokenizers.open(file))
                          .isInstanceOf(FormatException.class)
                          .hasMessageContaining("wrong.gguf")
                          .hasMessageContaining(entry.getKey());
                    }));
  }

  private static List<String> twice() {
    List<String> tokens = new ArrayList<>(Collections.nCopies(258, "ab"));
    tokens.add("<|endoftext|>");
    tokens.add("<|end|>");
    return tokens;
  }
}
