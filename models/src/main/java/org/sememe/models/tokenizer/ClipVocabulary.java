package org.sememe.models.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFile;

/**
 * CLIP's tokenizer from the files of its time: {@code vocab.json} and {@code merges.txt}, which say
 * nothing of how a text is cut; that is known of the class.
 */
final class ClipVocabulary {
  private static final String VOCABULARY = "vocab.json";
  private static final String MERGES = "merges.txt";
  private static final String SETTINGS = "tokenizer_config.json";
  private static final String CLASS = "CLIPTokenizer";
  private static final String CUTS =
      "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d"
          + "|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

  private static final ObjectMapper JSON = new ObjectMapper();

  private ClipVocabulary() {}

  /** Whether a folder holds these files, and says that they are CLIP's. */
  static boolean in(Path folder) {
    return Files.exists(folder.resolve(VOCABULARY))
        && Files.exists(folder.resolve(MERGES))
        && Files.exists(folder.resolve(SETTINGS));
  }

  /**
   * The same tokenizer as one tokenizer.json.
   *
   * @param names what the special tokens are called, by their part
   * @throws FormatException if a file is damaged, or of another tokenizer
   */
  static ObjectNode definition(Path folder, Map<String, String> names) throws IOException {
    JsonNode settings = JsonFile.read(JSON, folder.resolve(SETTINGS));
    if (!settings.path("tokenizer_class").asText().equals(CLASS)) {
      throw new FormatException(
          folder.resolve(SETTINGS),
          0,
          "vocab.json and merges.txt are read of a " + CLASS + " only; need a tokenizer.json");
    }
    JsonNode vocabulary = JsonFile.read(JSON, folder.resolve(VOCABULARY));
    String unknown = names.getOrDefault("unk_token", "<|endoftext|>");
    ObjectNode json = JSON.createObjectNode().put("version", "1.0");
    json.set("added_tokens", added(settings, vocabulary, names));
    ArrayNode normalizers =
        json.putObject("normalizer").put("type", "Sequence").putArray("normalizers");
    normalizers.addObject().put("type", "NFC");
    normalizers
        .addObject()
        .put("type", "Replace")
        .put("content", " ")
        .putObject("pattern")
        .put("Regex", "\\s+");
    normalizers.addObject().put("type", "Lowercase");
    ArrayNode cuts =
        json.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers");
    cuts.addObject()
        .put("type", "Split")
        .put("behavior", "Removed")
        .put("invert", true)
        .putObject("pattern")
        .put("Regex", CUTS);
    byteLevel(cuts.addObject(), false);
    json.putNull("post_processor");
    byteLevel(json.putObject("decoder"), true);
    ObjectNode model =
        json.putObject("model")
            .put("type", "BPE")
            .put("unk_token", unknown)
            .put("continuing_subword_prefix", "")
            .put("end_of_word_suffix", "</w>")
            .put("fuse_unk", false)
            .put("byte_fallback", false);
    model.set("vocab", vocabulary);
    model.set("merges", merges(folder.resolve(MERGES)));
    return json;
  }

  private static void byteLevel(ObjectNode step, boolean prefix) {
    step.put("type", "ByteLevel")
        .put("add_prefix_space", prefix)
        .put("trim_offsets", true)
        .put("use_regex", true);
  }

  /** As the settings list them, else the tokens that have a part to play. */
  private static ArrayNode added(
      JsonNode settings, JsonNode vocabulary, Map<String, String> names) {
    ArrayNode added = JSON.createArrayNode();
    JsonNode listed = settings.path("added_tokens_decoder");
    for (Map.Entry<String, JsonNode> entry : listed.properties()) {
      added.add(
          ((ObjectNode) entry.getValue().deepCopy()).put("id", Integer.parseInt(entry.getKey())));
    }
    if (added.isEmpty()) {
      for (String token : List.copyOf(new LinkedHashSet<>(names.values()))) {
        added
            .addObject()
            .put("id", vocabulary.path(token).asInt())
            .put("content", token)
            .put("single_word", false)
            .put("lstrip", false)
            .put("rstrip", false)
            .put("normalized", token.startsWith("<|"))
            .put("special", true);
      }
    }
    return added;
  }

  private static ArrayNode merges(Path file) throws IOException {
    ArrayNode merges = JSON.createArrayNode();
    for (String line : Files.readAllLines(file)) {
      if (!line.isBlank() && !line.startsWith("#version")) {
        merges.add(line);
      }
    }
    return merges;
  }
}
