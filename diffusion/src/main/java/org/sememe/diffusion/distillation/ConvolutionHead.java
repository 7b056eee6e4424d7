package org.sememe.diffusion.distillation;

import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.sememe.models.unet.ParameterSource;

/**
 * A head over a feature map: 1x1 convolution, a residual 3x3 convolution, 1x1 convolution, leaky
 * ReLUs of slope 0.2 between, and the product with the projected condition over the square root of
 * its width (projection discriminator, Miyato and Koyama 2018). With {@link Norms} it is {@link
 * TokenHead}'s design in two dimensions. One thread at a time: a forward turns the spectral norms'
 * vectors in place.
 */
public final class ConvolutionHead implements Head {
  private static final double SLOPE = 0.2;

  private final Shape shape;
  private final Norms norms;
  private final SequencedMap<String, Tensor> parameters = ParameterSource.record();
  private final SequencedMap<String, Tensor> vectors = ParameterSource.record();

  /**
   * Widths of a head.
   *
   * @param features channels of the tap
   * @param hidden channels between
   * @param projection of the output and the condition
   * @param text width of the text's embedding; 0 for a head that is not told it
   * @param image width of the picture's embedding; 0 likewise
   */
  public record Shape(int features, int hidden, int projection, int text, int image) {}

  /**
   * What keeps a head steady.
   *
   * @param spectral whether the weights of convolutions have spectral norms
   * @param together samples that the batch norms after the first two convolutions take their
   *     statistics of; 0 for none
   */
  public record Norms(boolean spectral, int together) {
    /** None. */
    public static final Norms NONE = new Norms(false, 0);

    public Norms {
      if (together < 0 || together == 1) {
        throw new IllegalArgumentException("batch norms over " + together + ": need 0, or from 2");
      }
    }
  }

  /** A head without norms, with the source's parameters. */
  public ConvolutionHead(Shape shape, ParameterSource source) throws IOException {
    this(shape, Norms.NONE, source);
  }

  /** A head with the source's parameters and spectral vectors. */
  public ConvolutionHead(Shape shape, Norms norms, ParameterSource source) throws IOException {
    this.shape = shape;
    this.norms = norms;
    convolution(source, "in", shape.features, shape.hidden, 1);
    convolution(source, "res", shape.hidden, shape.hidden, 3);
    convolution(source, "out", shape.hidden, shape.projection, 1);
    ParameterSource learned = source.recording(parameters);
    if (norms.together > 0) {
      for (String name : List.of("in", "res")) {
        learned.parameter(name + "_norm.weight", shape.hidden);
        learned.parameter(name + "_norm.bias", shape.hidden);
      }
    }
    if (shape.text > 0) {
      learned.parameter("text.weight", shape.projection, shape.text);
    }
    if (shape.image > 0) {
      learned.parameter("image.weight", shape.projection, shape.image);
    }
    learned.parameter("cond.bias", shape.projection);
  }

  private void convolution(ParameterSource source, String name, int in, int out, int kernel)
      throws IOException {
    ParameterSource learned = source.recording(parameters);
    learned.parameter(name + ".weight", out, in, kernel, kernel);
    learned.parameter(name + ".bias", out);
    if (norms.spectral) {
      SpectralNorm.of(
          source.recording(vectors), name + ".weight", out, (long) in * kernel * kernel);
    }
  }

  /**
   * The activations of a run, for those who look inside.
   *
   * @param a after the first convolution
   * @param b after the residual one
   * @param o the output, {@code [samples, projection, height, width]}
   * @param condition projected, {@code [samples, projection]}
   */
  record Activations(Tensor a, Tensor b, Tensor o, Tensor condition) {
    Tensor logits() {
      Tensor product = o.mul(condition.unsqueeze(2).unsqueeze(3)).sum(1);
      return product.div(new Scalar(Math.sqrt(condition.size(1)))).flatten(1, -1);
    }
  }

  @Override
  public Tensor logits(Tensor features, Condition condition) {
    return activations(features, condition).logits();
  }

  Activations activations(Tensor features, Condition condition) {
    Tensor a = block("in", features, 0);
    Tensor b = a.add(block("res", a, 1)).div(new Scalar(Math.sqrt(2)));
    return new Activations(a, b, convolved("out", b, 0), told(condition));
  }

  private Tensor told(Condition condition) {
    Tensor sum = parameters.get("cond.bias").unsqueeze(0);
    if (shape.text > 0) {
      sum = sum.add(part("text", condition.text()));
    }
    if (shape.image > 0) {
      sum = sum.add(part("image", condition.image()));
    }
    return sum;
  }

  private Tensor part(String name, Optional<Tensor> embedding) {
    Tensor given =
        embedding.orElseThrow(
            () -> new IllegalArgumentException("this head needs an embedding of the " + name));
    return given.matmul(parameters.get(name + ".weight").t());
  }

  private Tensor block(String name, Tensor x, int padding) {
    Tensor y = convolved(name, x, padding);
    Tensor normed =
        norms.together == 0
            ? y
            : new LocalBatchNorm(norms.together)
                .normed(
                    y, parameters.get(name + "_norm.weight"), parameters.get(name + "_norm.bias"));
    return torch.leaky_relu(normed, new Scalar(SLOPE));
  }

  private Tensor weight(String name) {
    String path = name + ".weight";
    Tensor weight = parameters.get(path);
    return norms.spectral
        ? new SpectralNorm(vectors.get(path + "_u"), vectors.get(path + "_v")).normed(weight, true)
        : weight;
  }

  private Tensor convolved(String name, Tensor x, int padding) {
    return torch.conv2d(
        x,
        weight(name),
        new TensorOptional(parameters.get(name + ".bias")),
        new long[] {1, 1},
        new long[] {padding, padding},
        new long[] {1, 1},
        1);
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
