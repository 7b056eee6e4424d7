package org.sememe.models.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.gguf.GgufFile;
import org.sememe.tensors.gguf.GgufMetadata;

/** Reads the tokenizer inside a GGUF file: byte-level BPE, or a SentencePiece model of merges. */
final class GgufTokenizer {
  private static final String PREFIX = "tokenizer.ggml.";
  private static final long UNKNOWN = 2;
  private static final long CONTROL = 3;
  private static final long USER_DEFINED = 4;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path path;
  private final GgufMetadata metadata;
  private final List<String> tokens;

  private GgufTokenizer(Path path, GgufMetadata metadata) throws FormatException {
    this.path = path;
    this.metadata = metadata;
    this.tokens = strings("tokens");
  }

  /**
   * Reads a file.
   *
   * @throws FormatException if its tokenizer is missing, damaged or of a kind not known
   */
  static TokenizerDefinition read(Path path) throws IOException {
    GgufMetadata metadata;
    try (GgufFile file = GgufFile.open(path)) {
      metadata = file.metadata();
    }
    String model = metadata.string(PREFIX + "model").orElse("");
    if (model.isEmpty()) {
      throw new FormatException(path, 0, "no " + PREFIX + "model: no tokenizer in the file");
    }
    GgufTokenizer tokenizer = new GgufTokenizer(path, metadata);
    return switch (model) {
      case "gpt2" -> tokenizer.byteLevel();
      case "llama" -> tokenizer.sentencePiece();
      default ->
          throw new FormatException(
              path,
              0,
              PREFIX
                  + "model is '"
                  + model
                  + "': read are gpt2 (byte-level BPE) and llama (SentencePiece)");
    };
  }

  private TokenizerDefinition byteLevel() throws IOException {
    String name = metadata.string(PREFIX + "pre").orElse("");
    PreTokenizer pre =
        PreTokenizer.of(name)
            .orElseThrow(() -> problem(PREFIX + "pre is '" + name + "', which is not known"));
    return definition(json(pre), pre.bos());
  }

  /**
   * As llama.cpp reads it ({@code src/llama-vocab.cpp}): where the file is silent, a space is put
   * in front of a text and a token in front of a context.
   */
  private TokenizerDefinition sentencePiece() throws IOException {
    boolean prefix = metadata.bool(PREFIX + "add_space_prefix").orElse(true);
    double[] scores =
        metadata
            .numbers(PREFIX + "scores")
            .orElseThrow(() -> problem("no list of numbers " + PREFIX + "scores"));
    long[] types =
        metadata
            .integers(PREFIX + "token_type")
            .orElseThrow(() -> problem("no list of whole numbers " + PREFIX + "token_type"));
    if (scores.length != tokens.size() || types.length != tokens.size()) {
      throw problem(
          "%d tokens, but %d scores and %d types"
              .formatted(tokens.size(), scores.length, types.length));
    }
    ObjectNode json = JSON.createObjectNode();
    json.put("version", "1.0");
    json.set("added_tokens", addedTokens());
    SentencePieceJson.Pieces pieces = new SentencePieceJson.Pieces(tokens, scores, types);
    try {
      new SentencePieceJson(json, prefix).write(pieces, vocabulary(), token("unknown"));
    } catch (IllegalArgumentException e) {
      throw problem(e.getMessage());
    }
    return definition(json, /* usualBos= */ true);
  }

  private TokenizerDefinition definition(ObjectNode json, boolean usualBos) throws IOException {
    Map<String, String> names = new LinkedHashMap<>();
    for (Map.Entry<String, String> part :
        Map.of("bos", "bos", "eos", "eos", "unknown", "unk", "padding", "pad").entrySet()) {
      token(part.getKey()).ifPresent(token -> names.put(part.getValue() + "_token", token));
    }
    boolean bos = metadata.bool(PREFIX + "add_bos_token").orElse(usualBos);
    if (bos && !names.containsKey("bos_token")) {
      throw problem(PREFIX + "add_bos_token without " + PREFIX + "bos_token_id");
    }
    return new TokenizerDefinition(
        json,
        bos ? Optional.of(names.get("bos_token")) : Optional.empty(),
        names,
        id("eot").isPresent() ? Set.of(id("eot").getAsInt()) : Set.of(),
        metadata.string("tokenizer.chat_template").filter(template -> !template.isBlank()));
  }

  private ObjectNode json(PreTokenizer pre) throws IOException {
    ObjectNode json = JSON.createObjectNode();
    json.put("version", "1.0");
    json.set("added_tokens", addedTokens());
    json.set("normalizer", JSON.readTree(pre.normalizer()));
    json.set("pre_tokenizer", JSON.readTree(pre.cuts()));
    json.putObject("decoder")
        .put("type", "ByteLevel")
        .put("add_prefix_space", false)
        .put("trim_offsets", false)
        .put("use_regex", false);
    ObjectNode model = json.putObject("model");
    model.put("type", "BPE").put("ignore_merges", pre.wholePieces());
    model.set("vocab", vocabulary());
    model.set("merges", merges());
    return json;
  }

  private JsonNode vocabulary() throws FormatException {
    ObjectNode vocabulary = JSON.createObjectNode();
    for (int id = 0; id < tokens.size(); id++) {
      if (vocabulary.put(tokens.get(id), id).size() != id + 1) {
        throw problem("token \"" + tokens.get(id) + "\" is there twice");
      }
    }
    return vocabulary;
  }

  private ArrayNode addedTokens() throws FormatException {
    ArrayNode added = JSON.createArrayNode();
    long[] types = metadata.integers(PREFIX + "token_type").orElse(new long[tokens.size()]);
    if (types.length != tokens.size()) {
      throw problem(
          tokens.size() + " tokens, but " + types.length + " in " + PREFIX + "token_type");
    }
    for (int id = 0; id < types.length; id++) {
      boolean special = types[id] == CONTROL || types[id] == UNKNOWN;
      if (special || types[id] == USER_DEFINED) {
        added
            .addObject()
            .put("id", id)
            .put("content", tokens.get(id))
            .put("single_word", false)
            .put("lstrip", false)
            .put("rstrip", false)
            .put("normalized", false)
            .put("special", special);
      }
    }
    return added;
  }

  private ArrayNode merges() throws FormatException {
    ArrayNode merges = JSON.createArrayNode();
    for (String merge : strings("merges")) {
      int space = merge.indexOf(' ');
      if (space < 1 || space != merge.lastIndexOf(' ') || space == merge.length() - 1) {
        throw problem("merge \"" + merge + "\" is not two tokens with a space between");
      }
      merges.addArray().add(merge.substring(0, space)).add(merge.substring(space + 1));
    }
    return merges;
  }

  private List<String> strings(String key) throws FormatException {
    return metadata
        .strings(PREFIX + key)
        .map(ArrayList::new)
        .orElseThrow(() -> problem("no list of texts " + PREFIX + key));
  }

  private Optional<String> token(String part) throws FormatException {
    OptionalInt id = id(part);
    return id.isPresent() ? Optional.of(tokens.get(id.getAsInt())) : Optional.empty();
  }

  private OptionalInt id(String part) throws FormatException {
    String key = PREFIX + part + "_token_id";
    OptionalLong id = metadata.integer(key);
    if (id.isEmpty()) {
      return OptionalInt.empty();
    }
    if (id.getAsLong() < 0 || id.getAsLong() >= tokens.size()) {
      throw problem(key + " is " + id.getAsLong() + ", the tokens are " + tokens.size());
    }
    return OptionalInt.of((int) id.getAsLong());
  }

  private FormatException problem(String problem) {
    return new FormatException(path, 0, problem);
  }
}
