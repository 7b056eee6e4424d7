package org.sememe.models.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFile;

/** Reads the tokenizer of a Hugging Face folder: tokenizer.json and the settings beside it. */
final class FolderTokenizer {
  /** The file that holds the tokenizer itself. */
  static final String FILE = "tokenizer.json";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final ObjectNode tokenizer;
  private final JsonNode settings;

  private FolderTokenizer(Path folder) throws IOException {
    this.folder = folder;
    this.settings = optional("tokenizer_config.json");
    this.tokenizer = tokenizer();
  }

  private ObjectNode tokenizer() throws IOException {
    if (Files.exists(folder.resolve(FILE))) {
      return read(FILE);
    }
    return ClipVocabulary.in(folder)
        ? ClipVocabulary.definition(folder, names())
        : BertVocabulary.definition(folder, settings);
  }

  /** Whether a folder holds a tokenizer that is read. */
  static boolean in(Path folder) {
    return Files.exists(folder.resolve(FILE))
        || ClipVocabulary.in(folder)
        || BertVocabulary.in(folder);
  }

  /**
   * Reads a folder.
   *
   * @throws FormatException if a file is damaged
   */
  static TokenizerDefinition read(Path folder) throws IOException {
    return new FolderTokenizer(folder).definition();
  }

  private TokenizerDefinition definition() throws IOException {
    if (!tokenizer.path("model").path("vocab").isContainerNode()) {
      throw new FormatException(folder.resolve(FILE), 0, "no model with a vocabulary");
    }
    tokenizer.putNull("truncation"); // a context's length is the caller's affair
    tokenizer.putNull("padding");
    return new TokenizerDefinition(tokenizer, first(), names(), ends(), chatTemplate());
  }

  /** The special token that the file itself puts in front of a text. */
  private Optional<String> first() {
    JsonNode processor = tokenizer.path("post_processor");
    for (JsonNode step :
        list(processor.path("processors").isArray() ? processor.path("processors") : processor)) {
      String token =
          switch (step.path("type").asText()) {
            case "TemplateProcessing" ->
                step.path("single").path(0).path("SpecialToken").path("id").asText();
            case "BertProcessing", "RobertaProcessing" -> step.path("cls").path(0).asText();
            default -> "";
          };
      if (!token.isEmpty()) {
        return Optional.of(token);
      }
    }
    return Optional.empty();
  }

  /** Every setting {@code *_token}: a text, or an object with its text. */
  private Map<String, String> names() throws IOException {
    Map<String, String> names = new LinkedHashMap<>();
    if (!Files.exists(folder.resolve(FILE)) && BertVocabulary.in(folder)) {
      names.putAll(BertVocabulary.NAMES);
    }
    for (JsonNode source : List.of(optional("special_tokens_map.json"), settings)) {
      source
          .properties()
          .forEach(
              entry -> {
                JsonNode value = entry.getValue();
                String token =
                    value.path("content").asText(value.isTextual() ? value.asText() : "");
                if (entry.getKey().endsWith("_token") && !token.isEmpty()) {
                  names.put(entry.getKey(), token);
                }
              });
    }
    return names;
  }

  /** The ends that generation_config.json lists. */
  private Set<Integer> ends() throws IOException {
    Set<Integer> ends = new LinkedHashSet<>();
    for (JsonNode id : list(optional("generation_config.json").path("eos_token_id"))) {
      if (id.canConvertToInt() && id.asInt() >= 0) {
        ends.add(id.asInt());
      }
    }
    return ends;
  }

  /** A file of its own, else a setting; of several by name the one called default. */
  private Optional<String> chatTemplate() throws IOException {
    Path file = folder.resolve("chat_template.jinja");
    if (Files.exists(file)) {
      return Optional.of(Files.readString(file));
    }
    JsonNode template =
        settings.path("chat_template").isMissingNode()
            ? optional("chat_template.json").path("chat_template")
            : settings.path("chat_template");
    for (JsonNode named : template.isArray() ? template : JSON.createArrayNode()) {
      if (named.path("name").asText().equals("default")) {
        template = named.path("template");
      }
    }
    return template.isTextual() ? Optional.of(template.asText()) : Optional.empty();
  }

  private static Iterable<JsonNode> list(JsonNode oneOrSeveral) {
    return oneOrSeveral.isArray() ? oneOrSeveral : List.of(oneOrSeveral);
  }

  private JsonNode optional(String name) throws IOException {
    return Files.exists(folder.resolve(name)) ? read(name) : JSON.createObjectNode();
  }

  private ObjectNode read(String name) throws IOException {
    return (ObjectNode) JsonFile.read(JSON, folder.resolve(name));
  }
}
