package org.sememe.models.decoder;

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
import org.sememe.models.decoder.BlockWeights.HeadNorms;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorSource;

/** Reads a decoder's weights from a file into the block's own order. */
final class WeightLoader {
  private final WeightReader reader;
  private final DecoderConfig config;
  private final WeightNames names;

  private WeightLoader(WeightReader reader, DecoderConfig config, WeightNames names) {
    this.reader = reader;
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
    WeightReader reader =
        new WeightReader(
            source, WeightReader.withOrWithout(names.prefix()), names.storage().biased());
    try {
      return new WeightLoader(reader, config, names).load();
    } catch (IOException | RuntimeException e) {
      reader.discard();
      throw e;
    }
  }

  private DecoderWeights load() throws IOException {
    int d = config.width();
    List<BlockWeights> blocks = new ArrayList<>();
    for (int layer = 0; layer < config.layers(); layer++) {
      blocks.add(block(layer));
    }
    Tensor embedding = reader.tensor(names.embedding(), config.vocabulary(), d);
    Optional<Tensor> positions =
        names.positions().isPresent()
            ? Optional.of(reader.tensor(names.positions().get(), config.contextLength(), d))
            : Optional.empty();
    Norm finalNorm = norm(names.finalNorm());
    boolean tied = config.ends().tied().orElse(!reader.has(names.head()));
    Tensor head = tied ? embedding : reader.tensor(names.head(), config.vocabulary(), d);
    return new DecoderWeights(embedding, positions, List.copyOf(blocks), finalNorm, head);
  }

  private BlockWeights block(int layer) throws IOException {
    WeightNames.Block block = names.block();
    int d = config.width();
    int mlp = config.mlpWidth();
    return new BlockWeights(
        norm(WeightNames.at(block.attentionNorm(), layer)),
        qkv(layer),
        headNorms(layer),
        linear(config.heads() * config.headWidth(), d, block.attentionOut(), layer),
        postNorm(block.attentionPostNorm(), layer),
        norm(WeightNames.at(block.mlpNorm(), layer)),
        up(layer),
        linear(mlp, d, block.down(), layer),
        postNorm(block.mlpPostNorm(), layer));
  }

  private Linear qkv(int layer) throws IOException {
    int queries = config.heads() * config.headWidth();
    int keys = config.kvHeads() * config.headWidth();
    return joined(config.width(), names.block().qkv(), layer, this::heads, queries, keys, keys);
  }

  private Linear up(int layer) throws IOException {
    int mlp = config.mlpWidth();
    int[] rows = config.mlp().gated() ? new int[] {mlp, mlp} : new int[] {mlp};
    return joined(config.width(), names.block().up(), layer, rowsOfMatrix -> rowsOfMatrix, rows);
  }

  /** Several parts, each a matrix of its own in the file, or all of them one. */
  private Linear joined(
      int columns, List<String> parts, int layer, UnaryOperator<Tensor> order, int... rows)
      throws IOException {
    int together = 0;
    for (int more : rows) {
      together += more;
    }
    Part[] read = new Part[parts.size()];
    for (int i = 0; i < read.length; i++) {
      read[i] =
          new Part(
              WeightNames.at(parts.get(i), layer), read.length == rows.length ? rows[i] : together);
    }
    return reader.linear(columns, names.storage().transposed(), order, read);
  }

  /** Queries, keys and values one after the other, query and key heads in adjacent pairs. */
  private Tensor heads(Tensor rows) {
    Tensor ordered = names.storage().perHead() ? ungrouped(rows) : rows;
    if (names.storage().adjacent()) {
      return ordered;
    }
    long turned = (long) (config.heads() + config.kvHeads()) * config.headWidth();
    Tensor all = ordered.clone();
    all.narrow(0, 0, turned).copy_(config.headOrder().adjacent(ordered.narrow(0, 0, turned), 0));
    return all;
  }

  /** From {@code [heads, 3, headWidth]} rows to queries, keys, values. */
  private Tensor ungrouped(Tensor rows) {
    return rows.view(config.heads(), 3, config.headWidth(), -1)
        .transpose(0, 1)
        .reshape(rows.dim() == 1 ? new long[] {-1} : new long[] {rows.size(0), rows.size(1)});
  }

  private Optional<HeadNorms> headNorms(int layer) throws IOException {
    if (names.block().headNorms().isEmpty()) {
      return Optional.empty();
    }
    WeightNames.HeadNorms found = names.block().headNorms().get();
    return Optional.of(new HeadNorms(headNorm(found.query(), layer), headNorm(found.key(), layer)));
  }

  private Norm headNorm(String name, int layer) throws IOException {
    return reader.norm(
        config.norms().kind(),
        config.norms().eps(),
        WeightNames.at(name, layer),
        config.headWidth(),
        names.storage().normOffset(),
        weight -> config.headOrder().adjacent(weight, 0));
  }

  private Optional<Norm> postNorm(Optional<String> name, int layer) throws IOException {
    return name.isPresent()
        ? Optional.of(norm(WeightNames.at(name.get(), layer)))
        : Optional.empty();
  }

  private Norm norm(String name) throws IOException {
    return reader.norm(
        config.norms().kind(),
        config.norms().eps(),
        name,
        config.width(),
        names.storage().normOffset(),
        weight -> weight);
  }

  private Linear linear(int columns, int rows, String name, int layer) throws IOException {
    return reader.linear(
        columns,
        names.storage().transposed(),
        matrix -> matrix,
        new Part(WeightNames.at(name, layer), rows));
  }
}
