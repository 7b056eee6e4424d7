package org.sememe.sae.dictionary;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.sememe.tensors.TensorMemory;

/**
 * A temporal autoencoder: attention over the codes of what came before predicts part of each
 * position, and sparse novel codes take the rest. {@link #encode} gives the novel codes, {@link
 * #decode} adds the prediction.
 */
public final class TemporalCoder implements Dictionary {
  private static final double NORM_EPSILON = 1e-6;

  private final DictionaryFacts facts;
  private final Weights weights;

  /**
   * What it computes with, float32.
   *
   * @param encoder {@code [F, d]}
   * @param decoder {@code [F, d]}
   * @param decoderBias {@code [d]}
   * @param heads of each layer's attention
   * @param layers at least one
   * @param novel which of the novel codes are active
   * @param inputScale what the input is multiplied by first; the output is divided by it
   */
  public record Weights(
      Tensor encoder,
      Tensor decoder,
      Tensor decoderBias,
      int heads,
      List<Attention> layers,
      Selection novel,
      double inputScale) {
    public Weights {
      layers = List.copyOf(layers);
    }

    private Stream<Tensor> tensors() {
      return Stream.concat(
          Stream.of(encoder, decoder, decoderBias),
          layers.stream()
              .flatMap(layer -> Stream.of(layer.query, layer.key, layer.value, layer.out))
              .flatMap(map -> Stream.of(map.weight, map.bias)));
    }
  }

  /**
   * A layer's maps.
   *
   * @param query from a position's codes, to a bottleneck
   * @param key from the codes before, to the same
   * @param value from the codes before, to codes
   * @param out from codes to codes
   */
  public record Attention(Affine query, Affine key, Affine value, Affine out) {}

  /**
   * {@code x weightᵀ + bias}.
   *
   * @param weight {@code [outputs, inputs]}
   * @param bias {@code [outputs]}
   */
  public record Affine(Tensor weight, Tensor bias) {
    private Tensor apply(Tensor x) {
      return torch.linear(x, weight, new TensorOptional(bias));
    }
  }

  /** A dictionary of these weights, which it takes over. */
  public TemporalCoder(DictionaryFacts facts, Weights weights) {
    this.facts = facts;
    this.weights = weights;
    weights.tensors().forEach(Tensor::retainReference);
  }

  @Override
  public DictionaryFacts facts() {
    return facts;
  }

  @Override
  public Tensor encode(Tensor x) {
    return parts(x).novel;
  }

  @Override
  public Tensor decode(Tensor latents, Tensor x) {
    return decoded(weights, latents.add(parts(x).predicted));
  }

  /**
   * What codes {@code [.., F]} reconstruct, in the unit of inputs; gradients pass.
   *
   * @param codes novel and predicted ones together
   */
  public static Tensor decoded(Weights weights, Tensor codes) {
    return codes
        .matmul(weights.decoder)
        .add(weights.decoderBias)
        .div(new Scalar(weights.inputScale));
  }

  /**
   * Codes, each {@code [batch, sequence, F]}.
   *
   * @param novel the sparse ones
   * @param predicted from the positions before
   */
  public record Parts(Tensor novel, Tensor predicted) {}

  private Parts parts(Tensor x) {
    if (x.dim() != 3 || x.size(2) != facts.input().width()) {
      throw new IllegalArgumentException(
          "x is "
              + Arrays.toString(TensorMemory.shape(x))
              + ", where [batch, sequence, "
              + facts.input().width()
              + "] is needed: codes depend on the positions before");
    }
    return parts(weights, x);
  }

  /**
   * The codes of sequences {@code [batch, sequence, d]}; gradients pass to weights and sequences.
   */
  public static Parts parts(Weights weights, Tensor x) {
    Tensor left = x.mul(new Scalar(weights.inputScale)).sub(weights.decoderBias);
    Tensor predicted = torch.zeros(x.size(0), x.size(1), weights.decoder.size(0));
    for (Attention layer : weights.layers) {
      Tensor codes = scores(weights, left).relu();
      Tensor before = torch.roll(codes, new long[] {1}, new long[] {1});
      before.narrow(1, 0, 1).zero_();
      Tensor found = layer.out.apply(attention(weights.heads, layer, codes, before)).relu();
      Tensor step = found.matmul(weights.decoder);
      Tensor norm =
          step.norm(new ScalarOptional(new Scalar(2.0)), new long[] {2}, true)
              .add(new Scalar(NORM_EPSILON));
      Tensor share =
          step.mul(left).sum(new long[] {2}, true, new ScalarTypeOptional()).div(norm.square());
      predicted = predicted.add(found.mul(share));
      left = left.sub(step.mul(share));
    }
    Tensor novel = weights.novel.apply(scores(weights, left).relu());
    return new Parts(novel, predicted);
  }

  /** Products with the encoder, divided by 4 d. */
  private static Tensor scores(Weights weights, Tensor rows) {
    return rows.matmul(weights.encoder.t()).mul(new Scalar(1.0 / (4.0 * rows.size(2))));
  }

  /** Each position looks at those up to it, by heads of equal shares of codes. */
  private static Tensor attention(int heads, Attention layer, Tensor codes, Tensor before) {
    Tensor query = heads(heads, layer.query.apply(codes));
    Tensor key = heads(heads, layer.key.apply(before));
    Tensor value = heads(heads, layer.value.apply(before));
    Tensor products =
        query.matmul(key.transpose(2, 3)).mul(new Scalar(1 / Math.sqrt((double) query.size(3))));
    long length = codes.size(1);
    Tensor later = torch.ones(length, length).triu(1).gt(new Scalar(0));
    Tensor shares =
        torch.softmax(products.masked_fill(later, new Scalar(Double.NEGATIVE_INFINITY)), 3);
    return shares.matmul(value).transpose(1, 2).reshape(codes.size(0), length, -1);
  }

  /** {@code [batch, heads, sequence, width]}. */
  private static Tensor heads(int heads, Tensor values) {
    return values.reshape(values.size(0), values.size(1), heads, -1).transpose(1, 2);
  }

  @Override
  public boolean rowsAlone() {
    return false;
  }

  @Override
  public void close() {
    weights.tensors().forEach(Tensor::close);
  }
}
