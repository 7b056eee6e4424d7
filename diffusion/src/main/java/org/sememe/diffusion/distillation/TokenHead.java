package org.sememe.diffusion.distillation;

import java.io.IOException;
import java.util.Collections;
import java.util.SequencedMap;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.sememe.models.unet.ParameterSource;

/**
 * A head over tokens {@code [samples, channels, tokens]}, the design of StyleGAN-T that the paper
 * follows (Sauer et al. 2023, arXiv 2301.09515): convolutions over the tokens with spectral norm, a
 * batch norm over few samples each, a residual block of width 9 whose ends meet, and the product
 * with the projected text. One thread at a time: a forward in training turns the spectral norms'
 * vectors in place.
 */
public final class TokenHead implements Head {
  private static final double SLOPE = 0.2;

  private final Shape shape;
  private final SequencedMap<String, Tensor> parameters = ParameterSource.record();
  private final SequencedMap<String, Tensor> vectors = ParameterSource.record();
  private boolean training = true;

  /**
   * Widths of a head.
   *
   * @param features channels of the tap
   * @param projection of the output and the condition
   * @param text width of the text's embedding
   * @param kernel tokens that the residual block sees, odd
   * @param together samples that a batch norm takes its statistics of
   */
  public record Shape(int features, int projection, int text, int kernel, int together) {}

  /** A head with the source's parameters and spectral vectors. */
  public TokenHead(Shape shape, ParameterSource source) throws IOException {
    this.shape = shape;
    convolution(source, "conv1", shape.features, shape.features, 1);
    norm(source, "norm1", shape.features);
    convolution(source, "conv2", shape.features, shape.features, shape.kernel);
    norm(source, "norm2", shape.features);
    convolution(source, "out", shape.features, shape.projection, 1);
    ParameterSource learned = source.recording(parameters);
    learned.parameter("map.weight", shape.projection, shape.text);
    learned.parameter("map.bias", shape.projection);
  }

  private void convolution(ParameterSource source, String name, int in, int out, int kernel)
      throws IOException {
    ParameterSource learned = source.recording(parameters);
    learned.parameter(name + ".weight_orig", out, in, kernel);
    learned.parameter(name + ".bias", out);
    ParameterSource turned = source.recording(vectors);
    turned.parameter(name + ".weight_u", out);
    turned.parameter(name + ".weight_v", (long) in * kernel);
  }

  private void norm(ParameterSource source, String name, int channels) throws IOException {
    ParameterSource learned = source.recording(parameters);
    learned.parameter(name + ".weight", channels);
    learned.parameter(name + ".bias", channels);
  }

  /** Whether forwards turn the spectral vectors; true at first. */
  public void training(boolean on) {
    training = on;
  }

  /** After the first and the second block, {@code [samples, channels, tokens]}, and the logits. */
  record Activations(Tensor block1, Tensor block2, Tensor logits) {}

  @Override
  public Tensor logits(Tensor features, Condition condition) {
    return activations(features, condition).logits;
  }

  Activations activations(Tensor features, Condition condition) {
    Tensor text =
        condition
            .text()
            .orElseThrow(
                () -> new IllegalArgumentException("this head needs an embedding of the text"));
    Tensor block1 = block("1", features);
    Tensor block2 = block("2", block1).add(block1).div(new Scalar(Math.sqrt(2)));
    Tensor out = convolved("out", block2);
    Tensor map = parameters.get("map.weight").div(new Scalar(Math.sqrt(shape.text)));
    Tensor told = text.matmul(map.t()).add(parameters.get("map.bias"));
    Tensor logits = out.mul(told.unsqueeze(2)).sum(1).div(new Scalar(Math.sqrt(shape.projection)));
    return new Activations(block1, block2, logits);
  }

  private Tensor block(String which, Tensor x) {
    Tensor normed = normed("norm" + which, convolved("conv" + which, x));
    return torch.leaky_relu(normed, new Scalar(SLOPE));
  }

  private Tensor normed(String name, Tensor x) {
    return new LocalBatchNorm(shape.together)
        .normed(x, parameters.get(name + ".weight"), parameters.get(name + ".bias"));
  }

  private Tensor convolved(String name, Tensor x) {
    Tensor weight = spectral(name);
    long around = weight.size(2) / 2;
    Tensor padded =
        around == 0
            ? x
            : torch.pad(x, new long[] {around, around}, "circular", new DoubleOptional());
    return torch.conv1d(
        padded,
        weight,
        new TensorOptional(parameters.get(name + ".bias")),
        new long[] {1},
        new long[] {0},
        new long[] {1},
        1);
  }

  /** The weight over an estimate of its largest singular value. */
  Tensor spectral(String name) {
    return new SpectralNorm(vectors.get(name + ".weight_u"), vectors.get(name + ".weight_v"))
        .normed(parameters.get(name + ".weight_orig"), training);
  }

  @Override
  public SequencedMap<String, Tensor> parameters() {
    return Collections.unmodifiableSequencedMap(parameters);
  }

  @Override
  public SequencedMap<String, Tensor> vectors() {
    return Collections.unmodifiableSequencedMap(vectors);
  }
}
