package org.sememe.models.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/**
 * Makes a tokenizer blind to special tokens that are written out in a text: they keep their ids but
 * take names that no text holds. (Removing them would shift the ids of those that stay.)
 */
final class PlainText {
  private final Map<String, String> renamed = new HashMap<>();

  private PlainText(JsonNode json) {
    String unguessable = "\u0000" + UUID.randomUUID() + ":";
    for (JsonNode token : json.path("added_tokens")) {
      if (token.path("special").asBoolean()) {
        renamed.put(token.path("content").asText(), unguessable + token.path("id").asText());
      }
    }
  }

  /** A copy of a tokenizer.json whose special tokens no text can name. */
  static ObjectNode of(ObjectNode json) {
    ObjectNode copy = json.objectNode().setAll(json);
    new PlainText(json).rename(copy);
    return copy;
  }

  private void rename(ObjectNode json) {
    ArrayNode tokens = json.arrayNode();
    for (JsonNode token : json.path("added_tokens")) {
      ObjectNode changed = token.deepCopy();
      changed.put("content", name(token.path("content").asText()));
      tokens.add(changed);
    }
    json.set("added_tokens", tokens);
    ObjectNode model = json.objectNode().setAll((ObjectNode) json.path("model"));
    if (model.path("unk_token").isTextual()) {
      model.put("unk_token", name(model.path("unk_token").asText()));
    }
    model.set("vocab", vocabulary(model.path("vocab")));
    if (model.has("merges")) {
      model.set("merges", merges(model.path("merges")));
    }
    json.set("model", model);
  }

  private JsonNode vocabulary(JsonNode vocabulary) {
    if (vocabulary instanceof ArrayNode pairs) {
      ArrayNode changed = pairs.arrayNode();
      for (JsonNode pair : pairs) {
        String piece = pair.path(0).asText();
        changed.add(
            renamed.containsKey(piece)
                ? pairs.arrayNode().add(name(piece)).add(pair.path(1))
                : pair);
      }
      return changed;
    }
    ObjectNode changed = ((ObjectNode) vocabulary).objectNode();
    vocabulary.properties().forEach(piece -> changed.set(name(piece.getKey()), piece.getValue()));
    return changed;
  }

  /** Merges that would build a special token out of plain text go. */
  private ArrayNode merges(JsonNode merges) {
    ArrayNode kept = ((ArrayNode) merges).arrayNode();
    for (JsonNode merge : merges) {
      String built =
          merge instanceof TextNode text
              ? text.asText().replaceFirst(" ", "")
              : merge.path(0).asText() + merge.path(1).asText();
      if (!renamed.containsKey(built)) {
        kept.add(merge);
      }
    }
    return kept;
  }

  private String name(String piece) {
    return renamed.getOrDefault(piece, piece);
  }
}
