package org.sememe.models.clip;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.sememe.models.blocks.Activation;
import org.sememe.models.blocks.ConfigJson;
import org.sememe.models.blocks.Linear;
import org.sememe.models.blocks.ModelFolder;
import org.sememe.models.blocks.Norm;
import org.sememe.models.blocks.WeightReader;
import org.sememe.models.unet.ParameterSource;
import org.sememe.models.unet.PictureFolder;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.TensorSource;

/**
 * CLIP's text transformer: causal, with norms before attention and MLP. Padding is not masked. Owns
 * its weights; several threads may encode at once.
 */
public final class ClipTextEncoder implements AutoCloseable {
  private static final String PREFIX = "text_model.";

  /** In files of 2022, the end is where the largest id is, whatever this id of theirs means. */
  private static final int OLD_END = 2;

  private final ClipConfig config;
  private final SequencedMap<String, Tensor> parameters = ParameterSource.record();
  private final Tensor tokens;
  private final Tensor positions;
  private final List<Layer> layers = new ArrayList<>();
  private final Norm last;
  private final Optional<Linear> projection;

  /**
   * The shape of an encoder.
   *
   * @param width of its rows
   * @param hidden width of its MLPs
   * @param positions tokens that it can read
   * @param end id of the end token
   */
  record ClipConfig(
      int width,
      int hidden,
      int layers,
      int heads,
      int vocabulary,
      int positions,
      double eps,
      Activation activation,
      int end,
      int projection) {
    static ClipConfig read(ConfigJson json) throws IOException {
      try {
        ClipConfig config =
            new ClipConfig(
                json.integer("hidden_size"),
                json.integer("intermediate_size"),
                json.integer("num_hidden_layers"),
                json.integer("num_attention_heads"),
                json.integer("vocab_size"),
                json.integer("max_position_embeddings"),
                json.number("layer_norm_eps", 1e-5),
                Activation.named(json.text("hidden_act", "quick_gelu")),
                json.integer("eos_token_id", OLD_END),
                json.integer("projection_dim", 0));
        if (config.heads < 1 || config.width < 1 || config.width % config.heads != 0) {
          throw new IllegalArgumentException(
              config.width + " numbers are not " + config.heads + " equal heads");
        }
        return config;
      } catch (IllegalArgumentException problem) {
        throw new FormatException(json.file(), 0, problem.getMessage());
      }
    }
  }

  /** One block. */
  private record Layer(
      Norm norm1,
      Linear query,
      Linear key,
      Linear value,
      Linear out,
      Norm norm2,
      Linear widen,
      Linear narrow) {}

  /**
   * What an encoder says of texts; in the caller's scope.
   *
   * @param hidden {@code [texts, tokens, width]}: the embeddings, then after each block, before the
   *     final norm
   * @param last after the final norm, {@code [texts, tokens, width]}
   * @param pooled the last row at each text's end, {@code [texts, width]}
   * @param projected its projection, {@code [texts, projection]}, where there is one
   */
  public record Encoded(
      List<Tensor> hidden, Tensor last, Tensor pooled, Optional<Tensor> projected) {}

  private ClipTextEncoder(ClipConfig config, WeightReader reader) throws IOException {
    this.config = config;
    ParameterSource all = ParameterSource.of(reader).recording(parameters);
    ParameterSource model = all.below("text_model");
    this.tokens =
        model.parameter("embeddings.token_embedding.weight", config.vocabulary, config.width);
    this.positions =
        model.parameter("embeddings.position_embedding.weight", config.positions, config.width);
    for (int i = 0; i < config.layers; i++) {
      layers.add(layer(model.below("encoder.layers." + i)));
    }
    this.last = norm(model, "final_layer_norm");
    this.projection =
        reader.has("text_projection.weight")
            ? Optional.of(all.plainLinear("text_projection", config.width, config.projection))
            : Optional.empty();
  }

  private Layer layer(ParameterSource source) throws IOException {
    int d = config.width;
    return new Layer(
        norm(source, "layer_norm1"),
        source.linear("self_attn.q_proj", d, d),
        source.linear("self_attn.k_proj", d, d),
        source.linear("self_attn.v_proj", d, d),
        source.linear("self_attn.out_proj", d, d),
        norm(source, "layer_norm2"),
        source.linear("mlp.fc1", d, config.hidden),
        source.linear("mlp.fc2", config.hidden, d));
  }

  private Norm norm(ParameterSource source, String path) throws IOException {
    return new Norm(
        Norm.Kind.LAYER,
        config.eps,
        source.parameter(path + ".weight", config.width),
        Optional.of(source.parameter(path + ".bias", config.width)));
  }

  /**
   * Opens a folder: config.json beside the weights.
   *
   * @throws FormatException if it is damaged
   */
  public static ClipTextEncoder open(PictureFolder folder) throws IOException {
    ClipConfig config = ClipConfig.read(new ModelFolder(folder.path()).config());
    try (TensorSource file = folder.weights()) {
      WeightReader reader = new WeightReader(file, WeightReader.withOrWithout(PREFIX), false);
      try {
        return new ClipTextEncoder(config, reader);
      } catch (IOException | RuntimeException problem) {
        reader.discard();
        throw problem;
      }
    }
  }

  /** Width of its rows. */
  public int width() {
    return config.width;
  }

  /**
   * Encodes texts of the same length.
   *
   * @param ids {@code [texts][tokens]}
   * @throws IllegalArgumentException for an id outside the vocabulary, or too many tokens
   */
  public Encoded encode(List<int[]> ids) {
    int length = ids.getFirst().length;
    if (length > config.positions || ids.stream().anyMatch(text -> text.length != length)) {
      throw new IllegalArgumentException(
          "texts have to be of one length, " + config.positions + " tokens at most");
    }
    long[] flat = ids.stream().flatMapToInt(Arrays::stream).asLongStream().toArray();
    for (long id : flat) {
      if (id < 0 || id >= config.vocabulary) {
        throw new IllegalArgumentException(
            "token id " + id + " is outside the encoder's vocabulary of " + config.vocabulary);
      }
    }
    Tensor rows = torch.embedding(tokens, TensorMemory.longs(flat, ids.size(), length));
    Tensor x = rows.add(positions.narrow(0, 0, length));
    List<Tensor> hidden = new ArrayList<>(List.of(x));
    for (Layer layer : layers) {
      x = x.add(attend(layer, layer.norm1.apply(x, /* recording= */ true)));
      Tensor wide = config.activation.apply(layer.widen.apply(layer.norm2.apply(x, true)));
      x = x.add(layer.narrow.apply(wide));
      hidden.add(x);
    }
    Tensor normed = last.apply(x, true);
    long[] ends =
        IntStream.range(0, ids.size())
            .mapToLong(i -> (long) i * length + end(ids.get(i)))
            .toArray();
    Tensor pooled =
        normed.reshape(-1, config.width).index_select(0, TensorMemory.longs(ends, ends.length));
    Tensor taken = pooled;
    return new Encoded(
        List.copyOf(hidden), normed, pooled, projection.map(linear -> linear.apply(taken)));
  }

  private int end(int[] ids) {
    int at = 0;
    if (config.end == OLD_END) {
      for (int i = 1; i < ids.length; i++) {
        at = ids[i] > ids[at] ? i : at;
      }
      return at;
    }
    while (at < ids.length - 1 && ids[at] != config.end) {
      at++;
    }
    return ids[at] == config.end ? at : 0;
  }

  private Tensor attend(Layer layer, Tensor x) {
    Tensor attended =
        torch.scaled_dot_product_attention(
            split(layer.query.apply(x)),
            split(layer.key.apply(x)),
            split(layer.value.apply(x)),
            new TensorOptional(),
            /* dropout_p= */ 0,
            /* is_causal= */ true,
            new DoubleOptional(),
            /* enable_gqa= */ false);
    return layer.out.apply(attended.transpose(1, 2).flatten(2, 3));
  }

  private Tensor split(Tensor x) {
    return x.reshape(x.size(0), x.size(1), config.heads, x.size(2) / config.heads).transpose(1, 2);
  }

  @Override
  public void close() {
    parameters.values().forEach(Tensor::close);
    parameters.clear();
  }
}
