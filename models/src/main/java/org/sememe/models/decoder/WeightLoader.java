package org.sememe.models.decoder;

import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.zeros;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.sememe.models.decoder.BlockWeights.Linear;
import org.sememe.models.decoder.WeightNames.RotaryOrder;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorInfo;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.TensorSource;

/** Reads a decoder's weights from a file, widened to fp32, checking every shape first. */
final class WeightLoader {
  private final TensorSource source;
  private final DecoderConfig config;
  private final WeightNames names;
  private final List<Tensor> kept = new ArrayList<>();

  private WeightLoader(TensorSource source, DecoderConfig config, WeightNames names) {
    this.source = source;
    this.config = config;
    this.names = names;
  }

  /**
   * All weights; the caller owns the result.
   *
   * @throws FormatException if a weight is missing or of another shape than the options say
   */
  static DecoderWeights load(TensorSource source, DecoderConfig config, WeightNames names)
      throws IOException {
    WeightLoader loader = new WeightLoader(source, config, names);
    try {
      return loader.load();
    } catch (IOException | RuntimeException e) {
      loader.kept.forEach(Tensor::close);
      throw e;
    }
  }

  private DecoderWeights load() throws IOException {
    int d = config.width();
    List<BlockWeights> blocks = new ArrayList<>();
    for (int layer = 0; layer < config.layers(); layer++) {
      blocks.add(block(layer));
    }
    Tensor embedding = vector(names.embedding(), config.vocabulary(), d);
    Tensor finalNorm = vector(names.finalNorm(), d);
    Tensor head =
        source.names().contains(names.head())
            ? vector(names.head(), config.vocabulary(), d)
            : embedding;
    return new DecoderWeights(embedding, List.copyOf(blocks), finalNorm, head);
  }

  private BlockWeights block(int layer) throws IOException {
    int d = config.width();
    int queries = config.heads() * config.headWidth();
    int keys = config.kvHeads() * config.headWidth();
    int mlp = config.mlpWidth();
    return new BlockWeights(
        vector(WeightNames.at(names.attentionNorm(), layer), d),
        linear(
            d,
            new Part(WeightNames.at(names.query(), layer), queries, true),
            new Part(WeightNames.at(names.key(), layer), keys, true),
            new Part(WeightNames.at(names.value(), layer), keys, false)),
        linear(queries, new Part(WeightNames.at(names.attentionOut(), layer), d, false)),
        vector(WeightNames.at(names.mlpNorm(), layer), d),
        linear(
            d,
            new Part(WeightNames.at(names.gate(), layer), mlp, false),
            new Part(WeightNames.at(names.up(), layer), mlp, false)),
        linear(mlp, new Part(WeightNames.at(names.down(), layer), d, false)));
  }

  /** Some rows of a joined matrix; turned ones are brought into adjacent rotary pairs. */
  private record Part(String weight, int rows, boolean turned) {
    String bias() {
      return WeightNames.bias(weight);
    }
  }

  private Linear linear(int columns, Part... parts) throws IOException {
    try (PointerScope scope = new PointerScope()) {
      TensorVector weights = new TensorVector();
      TensorVector biases = new TensorVector();
      boolean biased = false;
      for (Part part : parts) {
        weights.push_back(ordered(part, read(part.weight(), part.rows(), columns)));
        boolean has = source.names().contains(part.bias());
        biased |= has;
        biases.push_back(has ? ordered(part, read(part.bias(), part.rows())) : zeros(part.rows()));
      }
      return new Linear(
          keep(cat(weights)), biased ? Optional.of(keep(cat(biases))) : Optional.empty());
    }
  }

  private Tensor vector(String name, long... shape) throws IOException {
    try (PointerScope scope = new PointerScope()) {
      return keep(read(name, shape));
    }
  }

  private Tensor ordered(Part part, Tensor rows) {
    if (!part.turned() || names.rotaryOrder() == RotaryOrder.ADJACENT) {
      return rows;
    }
    return rows.index_select(0, TensorMemory.longs(adjacentPairs(part.rows()), part.rows()));
  }

  /** For each row of the adjacent order, the row of the halves order that belongs there. */
  private long[] adjacentPairs(int rows) {
    int width = config.headWidth();
    int turned = config.rotary().turned();
    return LongStream.range(0, rows)
        .map(
            row -> {
              long inHead = row % width;
              return inHead < turned
                  ? row - inHead + inHead / 2 + (inHead % 2) * (turned / 2)
                  : row;
            })
        .toArray();
  }

  private Tensor read(String name, long... shape) throws IOException {
    if (!source.names().contains(name)) {
      throw new FormatException(source.path(), 0, "no tensor " + name);
    }
    TensorInfo info = source.info(name);
    List<Long> expected = Arrays.stream(shape).boxed().toList();
    if (!info.shape().equals(expected)) {
      throw new FormatException(
          source.path(),
          info.offset(),
          "tensor " + name + " is " + info.shape() + ", the model's options need " + expected);
    }
    return source.floats(name);
  }

  /** Lets a tensor outlive the scope it was made in. */
  private Tensor keep(Tensor tensor) {
    tensor.retainReference();
    kept.add(tensor);
    return tensor;
  }
}
