package org.sememe.models.decoder;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import org.sememe.models.blocks.Activation;
import org.sememe.models.blocks.ConfigJson;
import org.sememe.models.blocks.Norm;
import org.sememe.models.decoder.DecoderConfig.Sight;
import org.sememe.tensors.FormatException;

/** The options of GPT-2 and GPT-NeoX: layer norms and MLPs without gates. */
final class GptOptions {
  private GptOptions() {}

  /** GPT-2: learned positions. */
  static DecoderConfig gpt2(ConfigJson json) throws IOException {
    if (!json.flag("scale_attn_weights", true)
        || json.flag("scale_attn_by_inverse_layer_idx", false)) {
      throw new FormatException(json.file(), 0, "attention scaled in another way is not read");
    }
    int layers = json.integer("n_layer");
    int width = json.integer("n_embd");
    int heads = json.integer("n_head");
    int headWidth = headWidth(layers, width, heads);
    Sight everything = new Sight(Rotary.none(headWidth), OptionalInt.empty());
    return new DecoderConfig(
        json.text("model_type", ""),
        layers,
        width,
        heads,
        heads,
        headWidth,
        json.integer("n_inner", Math.multiplyExact(4, width)),
        json.integer("vocab_size"),
        json.integer("n_positions"),
        new DecoderConfig.Norms(Norm.Kind.LAYER, json.number("layer_norm_epsilon", 1e-5)),
        DecoderConfig.Attention.plain(everything, layers, headWidth),
        new DecoderConfig.Mlp(
            Activation.named(json.text("activation_function", "gelu_new")),
            /* gated= */ false,
            /* parallel= */ false),
        DecoderConfig.Ends.plain(tied(json)));
  }

  /** GPT-NeoX: rotary positions for a share of each head, and MLPs beside attention. */
  static DecoderConfig gptNeox(ConfigJson json) throws IOException {
    int layers = json.integer("num_hidden_layers");
    int width = json.integer("hidden_size");
    int heads = json.integer("num_attention_heads");
    int headWidth = headWidth(layers, width, heads);
    double base = 10_000;
    double share = 0.25;
    Sight sight =
        new Sight(
            new RotaryJson(json, headWidth, base, share).of(RotaryJson.FULL), OptionalInt.empty());
    return new DecoderConfig(
        json.text("model_type", ""),
        layers,
        width,
        heads,
        heads,
        headWidth,
        json.integer("intermediate_size"),
        json.integer("vocab_size"),
        json.integer("max_position_embeddings"),
        new DecoderConfig.Norms(Norm.Kind.LAYER, json.number("layer_norm_eps", 1e-5)),
        DecoderConfig.Attention.plain(sight, layers, headWidth),
        new DecoderConfig.Mlp(
            Activation.named(json.text("hidden_act", "gelu")),
            /* gated= */ false,
            json.flag("use_parallel_residual", true)),
        DecoderConfig.Ends.plain(tied(json)));
  }

  private static int headWidth(int layers, int width, int heads) {
    int headWidth = width / Math.max(1, heads);
    if (headWidth * Math.max(1, heads) != width) {
      throw new IllegalArgumentException(heads + " heads do not share a width of " + width);
    }
    DecoderConfig.requirePlausible(layers, headWidth);
    return headWidth;
  }

  /** Whether the file says that the embeddings are the head too. */
  static Optional<Boolean> tied(ConfigJson json) {
    String key = "tie_word_embeddings";
    return json.has(key) ? Optional.of(json.flag(key, false)) : Optional.empty();
  }
}
