package org.sememe.models.decoder;

import java.io.IOException;
import java.util.Map;
import java.util.TreeSet;
import org.sememe.models.blocks.ConfigJson;
import org.sememe.tensors.FormatException;

/**
 * A family of models in Hugging Face folders: what its weights are called, and what its options
 * are.
 */
record Family(WeightNames names, Options options) {
  /** Reads a family's options. */
  @FunctionalInterface
  interface Options {
    DecoderConfig read(ConfigJson json) throws IOException;
  }

  private static final Map<String, Family> KNOWN =
      Map.of(
          "gpt2", new Family(WeightNames.GPT2, GptOptions::gpt2),
          "gpt_neox", new Family(WeightNames.GPT_NEOX, GptOptions::gptNeox),
          "llama", new Family(WeightNames.LLAMA, LlamaOptions::read),
          "mistral", new Family(WeightNames.LLAMA, LlamaOptions::read),
          "qwen2", new Family(WeightNames.LLAMA, LlamaOptions::read),
          "qwen3", new Family(WeightNames.QWEN3, LlamaOptions::read),
          "phi3", new Family(WeightNames.PHI3, LlamaOptions::read),
          "smollm3", new Family(WeightNames.LLAMA, LlamaOptions::read),
          "gemma2", new Family(WeightNames.GEMMA2, LlamaOptions::read),
          "gemma3_text", new Family(WeightNames.GEMMA3, LlamaOptions::read));

  /**
   * The family that a file names.
   *
   * @throws FormatException if it is not known
   */
  static Family of(ConfigJson json) throws IOException {
    String type = json.text("model_type", "");
    Family family = KNOWN.get(type);
    if (family == null) {
      throw new FormatException(
          json.file(),
          0,
          "model_type '" + type + "' is not one of " + new TreeSet<>(KNOWN.keySet()));
    }
    return family;
  }

  /**
   * The options.
   *
   * @throws FormatException if they are missing or do not fit together
   */
  DecoderConfig config(ConfigJson json) throws IOException {
    try {
      return options.read(json);
    } catch (IllegalArgumentException e) {
      throw new FormatException(json.file(), 0, e.getMessage());
    }
  }
}
