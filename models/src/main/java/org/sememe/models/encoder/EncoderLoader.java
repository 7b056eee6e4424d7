package org.sememe.models.encoder;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.sememe.models.blocks.Linear;
import org.sememe.models.blocks.Norm;
import org.sememe.models.blocks.WeightReader;
import org.sememe.models.blocks.WeightReader.Part;
import org.sememe.tensors.TensorSource;

/**
 * Reads a BERT's weights by its names in Hugging Face folders, those of old files included, or by
 * those of TensorFlow's checkpoints, which keep matrices as {@code [in, out]}.
 */
final class EncoderLoader {
  private static final String PREFIX = "bert.";
  private static final String HEAD = "cls.predictions.";
  private static final String KERNEL = "/kernel";

  private final WeightReader reader;
  private final EncoderConfig config;
  private final boolean transposed;

  private EncoderLoader(WeightReader reader, EncoderConfig config, boolean transposed) {
    this.reader = reader;
    this.config = config;
    this.transposed = transposed;
  }

  /**
   * All weights; the caller owns the result.
   *
   * @throws org.sememe.tensors.FormatException if a weight is missing or of another shape than the
   *     options say
   */
  static EncoderWeights load(TensorSource source, EncoderConfig config) throws IOException {
    boolean transposed = source.names().stream().anyMatch(name -> name.endsWith(KERNEL));
    WeightReader reader = new WeightReader(source, spellings(), /* biased= */ true);
    try {
      return new EncoderLoader(reader, config, transposed).load();
    } catch (IOException | RuntimeException e) {
      reader.discard();
      throw e;
    }
  }

  /** With or without the first part, and the norms' weights by their newer or older names. */
  private static List<UnaryOperator<String>> spellings() {
    List<UnaryOperator<String>> all = new ArrayList<>(WeightReader.withOrWithout(PREFIX));
    for (UnaryOperator<String> newer : WeightReader.withOrWithout(PREFIX)) {
      all.add(
          name ->
              newer
                  .apply(name)
                  .replace("LayerNorm.weight", "LayerNorm.gamma")
                  .replace("LayerNorm.bias", "LayerNorm.beta"));
    }
    all.add(EncoderLoader::tensorflow);
    all.add(name -> "module/" + tensorflow(name)); // as a saved module's
    return List.copyOf(all);
  }

  /** The name of a weight in a TensorFlow checkpoint. */
  private static String tensorflow(String name) {
    return name.replace("encoder.layer.", "encoder.layer_")
        .replace('.', '/')
        .replace("LayerNorm/weight", "LayerNorm/gamma")
        .replace("LayerNorm/bias", "LayerNorm/beta")
        .replace("_embeddings/weight", "_embeddings")
        .replace("predictions/bias", "predictions/output_bias")
        .replaceFirst("/weight$", KERNEL);
  }

  private EncoderWeights load() throws IOException {
    int d = config.width();
    String embeddings = PREFIX + "embeddings.";
    List<EncoderWeights.Block> blocks = new ArrayList<>();
    for (int layer = 0; layer < config.layers(); layer++) {
      blocks.add(block(PREFIX + "encoder.layer." + layer + "."));
    }
    Tensor words = reader.tensor(embeddings + "word_embeddings.weight", config.vocabulary(), d);
    return new EncoderWeights(
        words,
        reader.tensor(embeddings + "position_embeddings.weight", config.contextLength(), d),
        reader.tensor(embeddings + "token_type_embeddings.weight", config.segments(), d),
        norm(embeddings + "LayerNorm.weight"),
        List.copyOf(blocks),
        head(words),
        pooler());
  }

  private EncoderWeights.Block block(String block) throws IOException {
    int d = config.width();
    int mlp = config.mlpWidth();
    String attention = block + "attention.self.";
    return new EncoderWeights.Block(
        linear(
            d,
            new Part(attention + "query.weight", d),
            new Part(attention + "key.weight", d),
            new Part(attention + "value.weight", d)),
        linear(d, new Part(block + "attention.output.dense.weight", d)),
        norm(block + "attention.output.LayerNorm.weight"),
        linear(d, new Part(block + "intermediate.dense.weight", mlp)),
        linear(mlp, new Part(block + "output.dense.weight", d)),
        norm(block + "output.LayerNorm.weight"));
  }

  private Optional<EncoderWeights.Head> head(Tensor words) throws IOException {
    String transform = HEAD + "transform.";
    if (!reader.has(transform + "dense.weight")) {
      return Optional.empty();
    }
    int d = config.width();
    String matrix = HEAD + "decoder.weight";
    return Optional.of(
        new EncoderWeights.Head(
            linear(d, new Part(transform + "dense.weight", d)),
            norm(transform + "LayerNorm.weight"),
            config.tied() ? words : reader.tensor(matrix, config.vocabulary(), d),
            reader.tensor(HEAD + "bias", config.vocabulary())));
  }

  private Optional<Linear> pooler() throws IOException {
    String dense = PREFIX + "pooler.dense.weight";
    return reader.has(dense)
        ? Optional.of(linear(config.width(), new Part(dense, config.width())))
        : Optional.empty();
  }

  private Linear linear(int columns, Part... parts) throws IOException {
    return reader.linear(columns, transposed, matrix -> matrix, parts);
  }

  private Norm norm(String name) throws IOException {
    double noOffset = 0;
    return reader.norm(
        Norm.Kind.LAYER, config.normEps(), name, config.width(), noOffset, weight -> weight);
  }
}
