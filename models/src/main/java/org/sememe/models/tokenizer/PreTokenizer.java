package org.sememe.models.tokenizer;

import java.util.Map;
import java.util.Optional;

/**
 * How a text is cut before byte pairs are merged, by the name that GGUF gives it. The names stand
 * for code ({@code src/llama-vocab.cpp} of llama.cpp), so only those are known that were held
 * against it or against a tokenizer.json. {@code mpt} and {@code olmo} are what llama.cpp calls the
 * tokenizer of GPT-NeoX and Pythia, {@code dbrx} that of Phi-4, {@code smaug-bpe} that of SmolLM3.
 *
 * @param normalizer how a text is written anew first, as in a tokenizer.json; {@code null} for not
 * @param cuts as in a tokenizer.json
 * @param wholePieces whether a cut that is in the vocabulary is taken whole, without any merges
 * @param bos whether a token is put in front of each context where the file does not say
 */
record PreTokenizer(String normalizer, String cuts, boolean wholePieces, boolean bos) {
  private static final String BYTES_ONLY =
      """
      {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false}
      """;
  private static final String BYTES_AND_WORDS =
      """
      {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": true}
      """;
  private static final String COMPOSED = "{\"type\": \"NFC\"}";
  private static final PreTokenizer NEOX =
      new PreTokenizer(COMPOSED, BYTES_AND_WORDS, false, false);
  private static final Map<String, PreTokenizer> KNOWN =
      Map.of(
          "gpt-2",
          new PreTokenizer("null", BYTES_AND_WORDS, false, false),
          "mpt",
          NEOX,
          "olmo",
          NEOX,
          "dbrx",
          words("null", "\\\\p{N}{1,3}", false),
          "smaug-bpe",
          words("null", "\\\\p{N}{1,3}", false),
          "smollm",
          new PreTokenizer(
              "null",
              sequence("{\"type\": \"Digits\", \"individual_digits\": true}", BYTES_AND_WORDS),
              false,
              false),
          "llama-bpe",
          words("null", "\\\\p{N}{1,3}", true),
          "qwen2",
          words(COMPOSED, "\\\\p{N}", false));

  /** That of a name; empty where it is not known. */
  static Optional<PreTokenizer> of(String name) {
    return Optional.ofNullable(KNOWN.get(name));
  }

  private static PreTokenizer words(String normalizer, String number, boolean llama) {
    String split =
        """
        {"type": "Split", "behavior": "Isolated", "invert": false, "pattern": {"Regex":
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?\\\\p{L}+|NUMBER\
        | ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r\\\\n]*|\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+"}}
        """;
    return new PreTokenizer(
        normalizer, sequence(split.replace("NUMBER", number), BYTES_ONLY), llama, llama);
  }

  private static String sequence(String first, String second) {
    return "{\"type\": \"Sequence\", \"pretokenizers\": [" + first + ", " + second + "]}";
  }
}
