package org.sememe.sae.fold;

import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * An affine map {@code x weightᵀ + bias} in training, and what it is of rows as they come. Tensors
 * are float64, in the caller's scope; nothing is changed in place.
 *
 * @param weight {@code [outputs, inputs]}
 * @param bias {@code [outputs]}
 */
public record AffineMap(Tensor weight, Tensor bias) {
  /** Takes tensors of any floating type. */
  public AffineMap {
    weight = weight.to(ScalarType.Double);
    bias = bias.to(ScalarType.Double);
  }

  /**
   * A map of normalised inputs as one of raw ones; where the normalisation depends on each row, it
   * is still to be done.
   */
  public AffineMap ofRawInputs(FittedInput input) {
    return switch (input) {
      case FittedInput.Scaled(Optional<Tensor> mean, double scale) -> {
        AffineMap scaled = new AffineMap(weight.mul(new Scalar(scale)), bias);
        yield mean.map(scaled::minus).orElse(scaled);
      }
      case FittedInput.Whitened(Tensor mean, Tensor matrix, Tensor _) ->
          new AffineMap(weight.matmul(matrix.t()), bias).minus(mean);
      case FittedInput.Parts parts -> new AffineMap(weight.mul(parts.each().unsqueeze(0)), bias);
      case FittedInput.PerRow(RowNormalisation _) -> this;
    };
  }

  /** A map to normalised outputs as one to raw ones, in the same way. */
  public AffineMap toRawOutputs(FittedInput output) {
    return switch (output) {
      case FittedInput.Scaled(Optional<Tensor> mean, double scale) -> {
        AffineMap raw = over(scale);
        yield mean.map(m -> new AffineMap(raw.weight, raw.bias.add(m))).orElse(raw);
      }
      case FittedInput.Whitened(Tensor mean, Tensor _, Tensor inverse) -> {
        Tensor back = inverse.to(ScalarType.Double).t();
        yield new AffineMap(back.matmul(weight), back.mv(bias).add(mean));
      }
      case FittedInput.Parts parts ->
          new AffineMap(weight.div(parts.each().unsqueeze(1)), bias.div(parts.each()));
      case FittedInput.PerRow(RowNormalisation _) -> this;
    };
  }

  /** The map of {@code x - point}, as one of x; the point is {@code [inputs]}. */
  public AffineMap minus(Tensor point) {
    return new AffineMap(weight, bias.sub(weight.mv(point.to(ScalarType.Double))));
  }

  /** The map with its values divided by a number. */
  public AffineMap over(double unit) {
    Scalar by = new Scalar(unit);
    return new AffineMap(weight.div(by), bias.div(by));
  }

  /** The map with its values multiplied by one number each, {@code [outputs]}. */
  public AffineMap times(Tensor factors) {
    Tensor each = factors.to(ScalarType.Double);
    return new AffineMap(weight.mul(each.unsqueeze(1)), bias.mul(each));
  }
}
