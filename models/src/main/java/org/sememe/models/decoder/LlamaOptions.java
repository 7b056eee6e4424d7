package org.sememe.models.decoder;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.sememe.models.blocks.Activation;
import org.sememe.models.blocks.ConfigJson;
import org.sememe.models.blocks.Norm;
import org.sememe.models.decoder.DecoderConfig.Sight;
import org.sememe.tensors.FormatException;

/**
 * The options of Llama and the families that took over its keys: RMS norms, gated MLPs, rotary
 * positions, with what each family adds.
 */
final class LlamaOptions {
  private final ConfigJson json;
  private final String family;
  private final boolean gemma;
  private final int layers;

  private LlamaOptions(ConfigJson json) throws IOException {
    this.json = json;
    this.family = json.text("model_type", "");
    this.gemma = family.startsWith("gemma");
    this.layers = json.integer("num_hidden_layers");
  }

  /** The options of one of these families. */
  static DecoderConfig read(ConfigJson json) throws IOException {
    return new LlamaOptions(json).config();
  }

  private DecoderConfig config() throws IOException {
    int width = json.integer("hidden_size");
    int heads = json.integer("num_attention_heads");
    int headWidth = json.integer("head_dim", usualHeadWidth(width, heads));
    DecoderConfig.requirePlausible(layers, headWidth);
    return new DecoderConfig(
        family,
        layers,
        width,
        heads,
        json.integer("num_key_value_heads", heads),
        headWidth,
        json.integer("intermediate_size"),
        json.integer("vocab_size"),
        json.integer("max_position_embeddings"),
        new DecoderConfig.Norms(Norm.Kind.RMS, json.number("rms_norm_eps", 1e-6)),
        attention(headWidth),
        new DecoderConfig.Mlp(activation(), /* gated= */ true, /* parallel= */ false),
        new DecoderConfig.Ends(
            gemma ? Math.sqrt(width) : 1,
            GptOptions.tied(json),
            cap("final_logit_softcapping", 30)));
  }

  private int usualHeadWidth(int width, int heads) {
    return switch (family) {
      case "qwen3" -> 128;
      case "gemma2", "gemma3_text" -> 256;
      default -> width / Math.max(1, heads);
    };
  }

  private Activation activation() {
    return Activation.named(
        gemma
            ? json.text("hidden_activation", "gelu_pytorch_tanh")
            : json.text("hidden_act", "silu"));
  }

  /** Gemma 2 has caps unless its file says null; Gemma 3 if its file says one. */
  private OptionalDouble cap(String key, double usual) throws IOException {
    if (family.equals("gemma2") && json.at(key).isMissingNode()) {
      return OptionalDouble.of(usual);
    }
    return gemma && json.has(key)
        ? OptionalDouble.of(json.number(key, usual))
        : OptionalDouble.empty();
  }

  private DecoderConfig.Attention attention(int headWidth) throws IOException {
    double base = family.equals("gemma3_text") ? 1e6 : 10_000;
    RotaryJson reader = new RotaryJson(json, headWidth, base, 1);
    Rotary everywhere = reader.of(RotaryJson.FULL);
    Rotary local = reader.of(RotaryJson.SLIDING);
    Rotary none = Rotary.none(headWidth);
    OptionalInt window = window();
    List<Sight> each = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      boolean slides = slides(layer);
      Rotary rotary = turns(layer) ? (slides ? local : everywhere) : none;
      each.add(new Sight(rotary, slides ? window : OptionalInt.empty()));
    }
    List<Sight> kinds =
        each.stream()
            .distinct()
            .sorted(Comparator.comparing(sight -> sight.window().isPresent()))
            .toList();
    double scalar = gemma ? json.number("query_pre_attn_scalar", 256) : headWidth;
    if (!(scalar > 0)) {
      throw new IllegalArgumentException("query_pre_attn_scalar is " + scalar);
    }
    return new DecoderConfig.Attention(
        kinds,
        each.stream().map(kinds::indexOf).toList(),
        1 / Math.sqrt(scalar),
        cap("attn_logit_softcapping", 50));
  }

  /** The window of the layers that slide, where the family's file switches it on. */
  private OptionalInt window() throws IOException {
    boolean used =
        switch (family) {
          case "llama" -> false;
          case "qwen2", "qwen3", "smollm3" -> json.flag("use_sliding_window", false);
          default -> true;
        };
    return used && json.has("sliding_window")
        ? OptionalInt.of(json.integer("sliding_window"))
        : OptionalInt.empty();
  }

  /** Whether a layer sees a window: as the file lists it, else as its family implies it. */
  private boolean slides(int layer) throws IOException {
    JsonNode types = json.at("layer_types");
    if (types.isArray()) {
      return switch (types.path(layer).asText()) {
        case RotaryJson.SLIDING -> true;
        case RotaryJson.FULL -> false;
        default ->
            throw new FormatException(
                json.file(), 0, "layer_types has " + types.path(layer) + " for layer " + layer);
      };
    }
    return switch (family) {
      case "gemma2" -> layer % 2 == 0;
      case "gemma3_text" -> (layer + 1) % positive("sliding_window_pattern", 6) != 0;
      case "qwen2", "qwen3" -> layer >= json.integer("max_window_layers", 28);
      case "smollm3" -> !turns(layer);
      default -> true;
    };
  }

  /** Whether a layer has rotary positions; SmolLM3 lists 1 for a layer that has them. */
  private boolean turns(int layer) throws IOException {
    if (!family.equals("smollm3")) {
      return true;
    }
    JsonNode listed = json.at("no_rope_layers");
    return listed.isArray()
        ? listed.path(layer).asInt(1) != 0
        : (layer + 1) % positive("no_rope_layer_interval", 4) != 0;
  }

  private int positive(String key, int usual) throws IOException {
    int value = json.integer(key, usual);
    if (value < 1) {
      throw new FormatException(json.file(), 0, "'" + key + "' is " + value);
    }
    return value;
  }
}
