package org.sememe.models.encoder;

import java.io.IOException;
import org.sememe.models.blocks.Activation;
import org.sememe.models.blocks.ConfigJson;
import org.sememe.tensors.FormatException;

/**
 * The options of a BERT.
 *
 * @param layers number of blocks, at least 1
 * @param width d
 * @param heads of attention; divides d
 * @param mlpWidth neurons of an MLP
 * @param vocabulary number of token ids
 * @param contextLength the most positions
 * @param segments kinds of sentences that a token can belong to
 * @param normEps added to the variance inside the norms
 * @param activation of the MLPs and the masked-word head
 * @param tied whether the token embeddings are the head's matrix too
 */
record EncoderConfig(
    int layers,
    int width,
    int heads,
    int mlpWidth,
    int vocabulary,
    int contextLength,
    int segments,
    double normEps,
    Activation activation,
    boolean tied) {
  /** The family, as config.json names it. */
  static final String FAMILY = "bert";

  /** Far more than any model has: what a damaged file says must not fill the memory. */
  private static final int MOST_LAYERS = 10_000;

  EncoderConfig {
    if (layers < 1 || layers > MOST_LAYERS) {
      throw new IllegalArgumentException("a model of " + layers + " layers is not read");
    }
    if (width < 1 || heads < 1 || width % heads != 0) {
      throw new IllegalArgumentException(heads + " heads do not share a width of " + width);
    }
    if (mlpWidth < 1 || vocabulary < 1 || contextLength < 1 || segments < 1) {
      throw new IllegalArgumentException(
          "MLP width %d, vocabulary %d, context length %d, segments %d: need at least 1"
              .formatted(mlpWidth, vocabulary, contextLength, segments));
    }
    if (!(normEps >= 0 && normEps < 1)) {
      throw new IllegalArgumentException("norm epsilon " + normEps + " is not in [0, 1)");
    }
  }

  /**
   * The options in a config.json.
   *
   * @throws FormatException if they are missing, do not fit together, or are of another family
   */
  static EncoderConfig read(ConfigJson json) throws IOException {
    String positions = json.text("position_embedding_type", "absolute");
    if (!json.text("model_type", "").equals(FAMILY)
        || json.flag("is_decoder", false)
        || !positions.equals("absolute")) {
      throw new FormatException(
          json.file(), 0, "not a BERT encoder with learned absolute positions");
    }
    try {
      return new EncoderConfig(
          json.integer("num_hidden_layers"),
          json.integer("hidden_size"),
          json.integer("num_attention_heads"),
          json.integer("intermediate_size"),
          json.integer("vocab_size"),
          json.integer("max_position_embeddings"),
          json.integer("type_vocab_size", 2),
          json.number("layer_norm_eps", 1e-12),
          Activation.named(json.text("hidden_act", "gelu")),
          json.flag("tie_word_embeddings", true));
    } catch (IllegalArgumentException e) {
      throw new FormatException(json.file(), 0, e.getMessage());
    }
  }

  int headWidth() {
    return width / heads;
  }
}
