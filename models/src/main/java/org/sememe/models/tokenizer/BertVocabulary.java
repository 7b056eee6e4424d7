package org.sememe.models.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.sememe.tensors.FormatException;

/**
 * BERT's tokenizer from the file of its time: {@code vocab.txt}, a piece a line, its id the line's
 * number. How a text is cut is known of the family; {@code tokenizer_config.json} may say that case
 * matters.
 */
final class BertVocabulary {
  private static final String VOCABULARY = "vocab.txt";
  private static final String CLS = "[CLS]";
  private static final String SEP = "[SEP]";
  private static final String UNKNOWN = "[UNK]";
  private static final List<String> SPECIAL = List.of("[PAD]", UNKNOWN, CLS, SEP, "[MASK]");

  /** What the tokens with a part to play are called, unless the settings say otherwise. */
  static final Map<String, String> NAMES =
      Map.of(
          "unk_token", UNKNOWN,
          "sep_token", SEP,
          "pad_token", "[PAD]",
          "cls_token", CLS,
          "mask_token", "[MASK]");

  /** The longest word that is cut into pieces, in characters; a longer one is unknown. */
  private static final int LONGEST_WORD = 100;

  private static final ObjectMapper JSON = new ObjectMapper();

  private BertVocabulary() {}

  /** Whether a folder holds this file. */
  static boolean in(Path folder) {
    return Files.exists(folder.resolve(VOCABULARY));
  }

  /**
   * The same tokenizer as one tokenizer.json.
   *
   * @param settings of tokenizer_config.json; empty where there is none
   * @throws FormatException if the file is damaged, or of another tokenizer
   */
  static ObjectNode definition(Path folder, JsonNode settings) throws IOException {
    ObjectNode vocabulary = vocabulary(folder.resolve(VOCABULARY));
    boolean lowercase = settings.path("do_lower_case").asBoolean(true);
    ObjectNode json = JSON.createObjectNode().put("version", "1.0");
    ArrayNode added = json.putArray("added_tokens");
    for (String token : SPECIAL) {
      added
          .addObject()
          .put("id", vocabulary.path(token).asInt())
          .put("content", token)
          .put("single_word", false)
          .put("lstrip", false)
          .put("rstrip", false)
          .put("normalized", false)
          .put("special", true);
    }
    json.putObject("normalizer")
        .put("type", "BertNormalizer")
        .put("clean_text", true)
        .put("handle_chinese_chars", true)
        .put("lowercase", lowercase)
        .putNull("strip_accents"); // as lowercase says
    json.putObject("pre_tokenizer").put("type", "BertPreTokenizer");
    ObjectNode processor = json.putObject("post_processor").put("type", "BertProcessing");
    processor.putArray("sep").add(SEP).add(vocabulary.path(SEP).asInt());
    processor.putArray("cls").add(CLS).add(vocabulary.path(CLS).asInt());
    json.putObject("decoder").put("type", "WordPiece").put("prefix", "##").put("cleanup", true);
    json.putObject("model")
        .put("type", "WordPiece")
        .put("unk_token", UNKNOWN)
        .put("continuing_subword_prefix", "##")
        .put("max_input_chars_per_word", LONGEST_WORD)
        .set("vocab", vocabulary);
    return json;
  }

  private static ObjectNode vocabulary(Path file) throws IOException {
    ObjectNode vocabulary = JSON.createObjectNode();
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (CharacterCodingException e) {
      throw new FormatException(file, 0, "not UTF-8 text");
    }
    for (int id = 0; id < lines.size(); id++) {
      if (vocabulary.has(lines.get(id))) {
        throw new FormatException(file, 0, "line " + (id + 1) + " says again " + lines.get(id));
      }
      vocabulary.put(lines.get(id), id);
    }
    for (String token : SPECIAL) {
      if (!vocabulary.has(token)) {
        throw new FormatException(file, 0, "no line " + token + ": not the vocabulary of a BERT");
      }
    }
    return vocabulary;
  }
}
