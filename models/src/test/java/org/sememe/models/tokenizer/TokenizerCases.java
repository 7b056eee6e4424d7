package org.sememe.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The expected values of one folder, and how a tokenizer is held against them. */
final class TokenizerCases {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;

  TokenizerCases(Path folder) {
    this.folder = folder;
  }

  /** The lines of a file; none where it is absent. */
  private List<JsonNode> lines(String file) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    if (Files.exists(folder.resolve(file))) {
      for (String line : Files.readAllLines(folder.resolve(file))) {
        lines.add(JSON.readTree(line));
      }
    }
    return lines;
  }

  /** Ids, offsets, and texts made of ids again. */
  void texts(Tokenizer tokenizer, boolean byteLevel) throws IOException {
    List<JsonNode> cases = lines("cases.jsonl");
    assertThat(cases).isNotEmpty();
    for (JsonNode one : cases) {
      String kind = one.path("kind").asText();
      String text = one.path("text").asText();
      int[] plain = ids(one.path("ids_plain"));
      Tokens tokens = tokenizer.encode(text);
      assertThat(tokens.ids()).as("%s: ids", kind).isEqualTo(plain);
      assertThat(spans(tokens)).as("%s: offsets", kind).isEqualTo(spans(one.path("offsets_utf16")));
      int[] all = ids(one.path("ids"));
      assertThat(tokenizer.decode(all)).as(kind).isEqualTo(one.path("decoded").asText());
      assertThat(tokenizer.decodeText(all))
          .as(kind)
          .isEqualTo(one.path("decoded_skip_special").asText());
      assertThat(tokenizer.decode(plain)).as(kind).isEqualTo(one.path("decoded_plain").asText());
      if (byteLevel) {
        assertThat(joined(tokenizer, plain)).as("%s: bytes", kind).isEqualTo(utf8(text));
        groups(tokenizer, one, all);
      }
    }
  }

  private static void groups(Tokenizer tokenizer, JsonNode one, int[] ids) {
    for (JsonNode group : one.path("groups")) {
      int[] part = Arrays.copyOfRange(ids, group.path(0).asInt(), group.path(1).asInt());
      assertThat(joined(tokenizer, part)).isEqualTo(utf8(group.path(2).asText()));
    }
  }

  /** Special tokens in a text that is not trusted are text. */
  void plainTexts(Tokenizer tokenizer, Set<Integer> unknown, boolean byteLevel) throws IOException {
    for (JsonNode one : lines("cases.jsonl")) {
      String text = one.path("text").asText();
      int[] ids = tokenizer.encodePlain(text).ids();
      int[] trusted = ids(one.path("ids_plain"));
      boolean written =
          Arrays.stream(trusted)
              .filter(tokenizer::special)
              .anyMatch(id -> !unknown.contains(id) || text.contains(tokenizer.token(id)));
      if (!written) {
        assertThat(ids).isEqualTo(trusted);
      }
      assertThat(Arrays.stream(ids).filter(tokenizer::special).boxed().toList())
          .as(one.path("kind").asText())
          .isSubsetOf(unknown);
      if (byteLevel) {
        assertThat(joined(tokenizer, ids)).isEqualTo(utf8(text));
      }
    }
  }

  /** What the file puts in front of a text. */
  void bos(Tokenizer tokenizer) throws IOException {
    Set<Integer> firsts = new TreeSet<>();
    for (JsonNode one : lines("cases.jsonl")) {
      boolean added = !one.path("offsets").isEmpty() && one.path("offsets").get(0).isNull();
      boolean before = added && !one.path("text").asText().isEmpty();
      firsts.add(before ? one.path("ids").get(0).asInt() : -1);
    }
    if (firsts.size() == 2) { // -1 for the empty text, else the same id for every text
      firsts.remove(-1);
    }
    assertThat(firsts).containsExactly(tokenizer.bos().orElse(-1));
  }

  /** Pieces, their bytes, and which are special. */
  void vocabulary(Tokenizer tokenizer) throws IOException {
    List<JsonNode> entries = lines("vocab.jsonl");
    assertThat(entries).isNotEmpty();
    for (JsonNode entry : entries) {
      int id = entry.path("id").asInt();
      assertThat(id).isLessThan(tokenizer.vocabulary());
      assertThat(tokenizer.special(id)).as("%d", id).isEqualTo(entry.path("special").asBoolean());
      if (entry.path("bytes").isTextual()) {
        assertThat(HexFormat.of().formatHex(tokenizer.bytes(id)))
            .as("%d", id)
            .isEqualTo(entry.path("bytes").asText());
      }
    }
  }

  /** Conversations as text and ids, and those that the template refuses. */
  void chats(Tokenizer tokenizer) throws IOException {
    List<JsonNode> chats = lines("chat.jsonl");
    assertThat(tokenizer.hasChatTemplate()).isEqualTo(!chats.isEmpty());
    for (JsonNode chat : chats) {
      List<ChatMessage> messages = new ArrayList<>();
      for (JsonNode message : chat.path("messages")) {
        messages.add(
            new ChatMessage(message.path("role").asText(), message.path("content").asText()));
      }
      boolean prompt = chat.path("add_generation_prompt").asBoolean();
      if (chat.has("error")) {
        assertThatThrownBy(() -> tokenizer.applyChatTemplate(messages, prompt))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining(chat.path("error").asText());
      } else {
        String text = tokenizer.applyChatTemplate(messages, prompt);
        assertThat(text).as(chat.path("name").asText()).isEqualTo(chat.path("text").asText());
        assertThat(tokenizer.encode(text).ids()).isEqualTo(ids(chat.path("ids")));
      }
    }
  }

  private static int[] ids(JsonNode ids) {
    int[] values = new int[ids.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = ids.get(i).asInt();
    }
    return values;
  }

  private static List<List<Integer>> spans(Tokens tokens) {
    List<List<Integer>> spans = new ArrayList<>();
    for (int i = 0; i < tokens.count(); i++) {
      spans.add(List.of(tokens.starts()[i], tokens.ends()[i]));
    }
    return spans;
  }

  private static List<List<Integer>> spans(JsonNode offsets) {
    List<List<Integer>> spans = new ArrayList<>();
    for (JsonNode offset : offsets) {
      if (!offset.isNull()) { // null is for what the template adds
        spans.add(List.of(offset.path(0).asInt(), offset.path(1).asInt()));
      }
    }
    return spans;
  }

  private static String joined(Tokenizer tokenizer, int[] ids) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int id : ids) {
      bytes.writeBytes(tokenizer.bytes(id));
    }
    return HexFormat.of().formatHex(bytes.toByteArray());
  }

  private static String utf8(String text) {
    return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
  }
}
