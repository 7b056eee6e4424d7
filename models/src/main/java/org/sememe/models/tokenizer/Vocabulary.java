package org.sememe.models.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/** The pieces of a tokenizer.json by id. Immutable. */
final class Vocabulary {
  private final Map<String, Integer> ids = new HashMap<>();
  private final String[] pieces;
  private final BitSet added = new BitSet();
  private final BitSet special = new BitSet();
  private final TokenBytes bytes;

  /**
   * Reads the model's vocabulary and the added tokens.
   *
   * @throws IllegalArgumentException if an id is negative or far beyond the number of pieces
   */
  Vocabulary(JsonNode json) {
    JsonNode vocabulary = json.path("model").path("vocab");
    if (vocabulary.isArray()) { // Unigram: pairs of piece and score
      for (int id = 0; id < vocabulary.size(); id++) {
        ids.put(vocabulary.get(id).path(0).asText(), id);
      }
    } else {
      vocabulary.properties().forEach(piece -> ids.put(piece.getKey(), piece.getValue().asInt(-1)));
    }
    for (JsonNode token : json.path("added_tokens")) {
      int id = token.path("id").asInt(-1);
      ids.put(token.path("content").asText(), id);
      if (id >= 0) {
        added.set(id);
        special.set(id, token.path("special").asBoolean());
      }
    }
    this.pieces = new String[size()];
    ids.forEach((piece, id) -> pieces[id] = piece);
    this.bytes = bytesOf(json);
  }

  private int size() {
    int size = 0;
    long most = 64L * ids.size() + 1024; // an id from a hostile file must not set the size
    for (Map.Entry<String, Integer> piece : ids.entrySet()) {
      int id = piece.getValue();
      if (id < 0 || id > most) {
        throw new IllegalArgumentException("token \"" + piece.getKey() + "\" has the id " + id);
      }
      size = Math.max(size, id + 1);
    }
    return size;
  }

  private static TokenBytes bytesOf(JsonNode json) {
    String kind = json.path("model").path("type").asText();
    if (json.path("decoder").toString().contains("\"ByteLevel\"")) {
      return TokenBytes.ByteLevel.create();
    }
    return switch (kind) {
      case "WordPiece" ->
          new TokenBytes.Plain(json.path("model").path("continuing_subword_prefix").asText("##"));
      case "WordLevel" -> new TokenBytes.Plain("");
      default -> new TokenBytes.Metaspace();
    };
  }

  /** The number of ids, those without a piece included. */
  int count() {
    return pieces.length;
  }

  /** Whether an id stands for no text. */
  boolean special(int id) {
    return special.get(id);
  }

  /** The id of a piece. */
  OptionalInt id(String piece) {
    Integer id = ids.get(piece);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /** A piece as the file writes it; empty for an id that has none. */
  String piece(int id) {
    return id < pieces.length && pieces[id] != null ? pieces[id] : "";
  }

  /** The bytes of a piece; an added token is text as it is. */
  byte[] bytes(int id) {
    String piece = piece(id);
    return added.get(id) ? piece.getBytes(StandardCharsets.UTF_8) : bytes.of(piece);
  }
}
