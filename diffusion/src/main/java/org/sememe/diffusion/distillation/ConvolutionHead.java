package org.sememe.diffusion.distillation;

import java.io.IOException;
import java.util.Collections;
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
 * its width (projection discriminator, Miyato and Koyama 2018).
 */
public final class ConvolutionHead implements Head {
  private static final double SLOPE = 0.2;

  private final Shape shape;
  private final SequencedMap<String, Tensor> parameters = ParameterSource.record();

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

  /** A head with the source's parameters. */
  public ConvolutionHead(Shape shape, ParameterSource source) throws IOException {
    this.shape = shape;
    ParameterSource all = source.recording(parameters);
    convolution(all, "in", shape.features, shape.hidden, 1);
    convolution(all, "res", shape.hidden, shape.hidden, 3);
    convolution(all, "out", shape.hidden, shape.projection, 1);
    if (shape.text > 0) {
      all.parameter("text.weight", shape.projection, shape.text);
    }
    if (shape.image > 0) {
      all.parameter("image.weight", shape.projection, shape.image);
    }
    all.parameter("cond.bias", shape.projection);
  }

  private static void convolution(ParameterSource all, String name, int in, int out, int kernel)
      throws IOException {
    all.parameter(name + ".weight", out, in, kernel, kernel);
    all.parameter(name + ".bias", out);
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
    Tensor a = bent(convolved("in", features, 0));
    Tensor b = a.add(bent(convolved("res", a, 1))).div(new Scalar(Math.sqrt(2)));
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

  private Tensor convolved(String name, Tensor x, int padding) {
    return torch.conv2d(
        x,
        parameters.get(name + ".weight"),
        new TensorOptional(parameters.get(name + ".bias")),
        new long[] {1, 1},
        new long[] {padding, padding},
        new long[] {1, 1},
        1);
  }

  private static Tensor bent(Tensor x) {
    return torch.leaky_relu(x, new Scalar(SLOPE));
  }

  @Override
  public SequencedMap<String, Tensor> parameters() {
    return Collections.unmodifiableSequencedMap(parameters);
  }
}
