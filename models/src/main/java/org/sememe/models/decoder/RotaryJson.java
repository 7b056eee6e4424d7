package org.sememe.models.decoder;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import org.sememe.models.blocks.ConfigJson;
import org.sememe.tensors.FormatException;

/**
 * Rotary positions as config.json spells them. Newer files have all of it in {@code
 * rope_parameters}, for the model or for each type of layer; older ones have {@code rope_theta} (or
 * {@code rotary_emb_base}), {@code rope_scaling}, {@code partial_rotary_factor} (or {@code
 * rotary_pct}), and for sliding layers {@code rope_local_base_freq}.
 *
 * @param defaultBase where the file has none
 * @param defaultShare of a head's dimensions that are turned, where the file does not say
 */
record RotaryJson(ConfigJson json, int headWidth, double defaultBase, double defaultShare) {
  /** The type of layers that see everything. */
  static final String FULL = "full_attention";

  /** The type of layers that see a window. */
  static final String SLIDING = "sliding_attention";

  /** The rotary positions of layers of one type. */
  Rotary of(String layerType) throws IOException {
    JsonNode all = json.at("rope_parameters");
    JsonNode parameters = all.path(layerType).isObject() ? all.path(layerType) : all;
    boolean local = layerType.equals(SLIDING) && json.has("rope_local_base_freq");
    double base =
        parameters
            .path("rope_theta")
            .asDouble(
                local
                    ? json.number("rope_local_base_freq", defaultBase)
                    : json.number("rope_theta", json.number("rotary_emb_base", defaultBase)));
    double share =
        parameters
            .path("partial_rotary_factor")
            .asDouble(
                json.number("partial_rotary_factor", json.number("rotary_pct", defaultShare)));
    Rotary plain = Rotary.of(base, headWidth, (int) (headWidth * share));
    if (local) {
      return plain; // older files scale the other layers alone
    }
    return scaled(plain, parameters.isObject() ? parameters : json.at("rope_scaling"));
  }

  private Rotary scaled(Rotary plain, JsonNode scaling) throws IOException {
    String type = scaling.path("rope_type").asText(scaling.path("type").asText("default"));
    return switch (type) {
      case "default" -> plain;
      case "linear" -> plain.slowed(number(scaling, "factor"));
      case "llama3" ->
          plain.llama3(
              number(scaling, "factor"),
              number(scaling, "low_freq_factor"),
              number(scaling, "high_freq_factor"),
              number(scaling, "original_max_position_embeddings"));
      case "longrope", "su" -> longer(plain, scaling);
      default ->
          throw new FormatException(json.file(), 0, "rotary scaling '" + type + "' is not known");
    };
  }

  /** Phi 3's scaling, whose magnitude follows from how much the context was stretched. */
  private Rotary longer(Rotary plain, JsonNode scaling) throws IOException {
    int context = json.integer("max_position_embeddings");
    int original =
        scaling
            .path("original_max_position_embeddings")
            .asInt(json.integer("original_max_position_embeddings", context));
    double stretched =
        original < context ? (double) context / original : scaling.path("factor").asDouble(1);
    double magnitude =
        scaling
            .path("attention_factor")
            .asDouble(stretched > 1 ? Math.sqrt(1 + Math.log(stretched) / Math.log(original)) : 1);
    if (original < 2 || !(magnitude > 0)) {
      throw new FormatException(
          json.file(), 0, "rotary scaling of " + original + " positions by " + magnitude);
    }
    return plain.longer(
        factors(plain, scaling, "short_factor"),
        factors(plain, scaling, "long_factor"),
        original,
        magnitude);
  }

  private float[] factors(Rotary plain, JsonNode scaling, String key) throws IOException {
    JsonNode listed = scaling.path(key);
    float[] factors = new float[plain.turned() / 2];
    boolean positive = listed.size() == factors.length;
    for (int i = 0; i < factors.length; i++) {
      factors[i] = (float) listed.path(i).asDouble();
      positive &= factors[i] > 0;
    }
    if (!positive) {
      throw new FormatException(
          json.file(), 0, "'" + key + "' needs " + factors.length + " numbers over 0");
    }
    return factors;
  }

  private double number(JsonNode scaling, String key) throws IOException {
    double value = scaling.path(key).asDouble(0);
    if (!(value > 0)) {
      throw new FormatException(
          json.file(), 0, "rotary scaling has '" + key + "' " + scaling.path(key) + ", need > 0");
    }
    return value;
  }
}
