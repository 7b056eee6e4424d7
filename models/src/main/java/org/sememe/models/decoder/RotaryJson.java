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
      default ->
          throw new FormatException(json.file(), 0, "rotary scaling '" + type + "' is not known");
    };
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
