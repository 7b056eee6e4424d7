package org.sememe.models.decoder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFile;

/** A decoder's options from a Hugging Face folder's config.json, in its older or newer spelling. */
final class HuggingFaceConfig {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Families whose block is ours with Llama's weight names; whether a window applies unasked. */
  private static final Map<String, Boolean> WINDOWED =
      Map.of("llama", false, "mistral", true, "qwen2", false);

  private final Path file;
  private final JsonNode json;

  private HuggingFaceConfig(Path file, JsonNode json) {
    this.file = file;
    this.json = json;
  }

  static DecoderConfig read(Path file) throws IOException {
    try {
      return new HuggingFaceConfig(file, JsonFile.read(JSON, file)).config();
    } catch (IllegalArgumentException e) {
      throw new FormatException(file, 0, e.getMessage());
    }
  }

  private DecoderConfig config() throws IOException {
    String family = json.path("model_type").asText();
    if (!WINDOWED.containsKey(family)) {
      throw new FormatException(
          file, 0, "model_type '" + family + "' is not one of " + WINDOWED.keySet());
    }
    String activation = json.path("hidden_act").asText("silu");
    if (!activation.equals("silu")) {
      throw new FormatException(file, 0, "hidden_act '" + activation + "' is not silu");
    }
    int width = integer("hidden_size");
    int heads = integer("num_attention_heads");
    int headWidth = json.path("head_dim").asInt(width / Math.max(1, heads));
    return new DecoderConfig(
        family,
        integer("num_hidden_layers"),
        width,
        heads,
        json.path("num_key_value_heads").asInt(heads),
        headWidth,
        integer("intermediate_size"),
        integer("vocab_size"),
        integer("max_position_embeddings"),
        json.path("rms_norm_eps").asDouble(1e-6),
        rotary(headWidth),
        window(WINDOWED.get(family)));
  }

  /** Newer files have rope_parameters; older ones rope_theta and, where scaled, rope_scaling. */
  private Rotary rotary(int headWidth) throws IOException {
    JsonNode parameters = json.path("rope_parameters");
    JsonNode scaling = parameters.isObject() ? parameters : json.path("rope_scaling");
    double base = parameters.path("rope_theta").asDouble(json.path("rope_theta").asDouble(10_000));
    Rotary plain = Rotary.of(base, headWidth, headWidth);
    String type = scaling.path("rope_type").asText(scaling.path("type").asText("default"));
    return switch (type) {
      case "default" -> plain;
      case "linear" -> plain.slowed(scaling.path("factor").asDouble(1));
      case "llama3" ->
          plain.llama3(
              scaling.path("factor").asDouble(),
              scaling.path("low_freq_factor").asDouble(),
              scaling.path("high_freq_factor").asDouble(),
              scaling.path("original_max_position_embeddings").asDouble());
      default -> throw new FormatException(file, 0, "rotary scaling '" + type + "' is not known");
    };
  }

  private OptionalInt window(boolean always) {
    JsonNode window = json.path("sliding_window");
    boolean used = json.path("use_sliding_window").asBoolean(always);
    return window.isInt() && used ? OptionalInt.of(window.asInt()) : OptionalInt.empty();
  }

  private int integer(String key) throws IOException {
    JsonNode value = json.path(key);
    if (!value.canConvertToInt()) {
      throw new FormatException(file, 0, "no whole number '" + key + "'");
    }
    return value.asInt();
  }
}
