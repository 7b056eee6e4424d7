package org.sememe.models.unet;

import java.io.IOException;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.models.blocks.Linear;

/**
 * Two convolutions beside a shortcut, told the time in between (diffusers' ResnetBlock2D).
 *
 * @param time from the time embedding to {@code out} numbers that are added, or to a scale and a
 *     shift of the second norm
 * @param divisor of the sum
 */
record ResidualBlock(
    GroupNorm norm1,
    Convolution conv1,
    Optional<Linear> time,
    boolean scaleShift,
    GroupNorm norm2,
    Convolution conv2,
    Optional<Convolution> shortcut,
    Size size,
    double divisor) {
  /** What becomes of the picture's size. */
  enum Size {
    SAME,
    HALF,
    DOUBLE
  }

  /**
   * What blocks of a network have in common.
   *
   * @param embedding width of the time embedding; 0 for blocks that are not told the time
   */
  record Style(int groups, double eps, int embedding, boolean scaleShift, double divisor) {
    Style withDivisor(double other) {
      return new Style(groups, eps, embedding, scaleShift, other);
    }
  }

  static ResidualBlock of(
      ParameterSource source, String path, int in, int out, Style style, Size size)
      throws IOException {
    Optional<Linear> time = Optional.empty();
    GroupNorm norm1 = GroupNorm.of(source, path + ".norm1", in, style.groups, style.eps);
    Convolution conv1 = Convolution.same(source, path + ".conv1", in, out, 3);
    if (style.embedding > 0) {
      int width = style.scaleShift ? 2 * out : out;
      time = Optional.of(source.linear(path + ".time_emb_proj", style.embedding, width));
    }
    return new ResidualBlock(
        norm1,
        conv1,
        time,
        style.scaleShift,
        GroupNorm.of(source, path + ".norm2", out, style.groups, style.eps),
        Convolution.same(source, path + ".conv2", out, out, 3),
        in == out
            ? Optional.empty()
            : Optional.of(Convolution.same(source, path + ".conv_shortcut", in, out, 1)),
        size,
        style.divisor);
  }

  /**
   * The block's output.
   *
   * @param embedding of the time, {@code [samples, embedding]}; not looked at by blocks without
   */
  Tensor apply(Tensor x, Tensor embedding) {
    Tensor h = conv1.apply(resized(torch.silu(norm1.apply(x))));
    Tensor told = norm2Input(h, embedding);
    Tensor out = conv2.apply(torch.silu(told));
    Tensor input = resized(x);
    Tensor sum = shortcut.map(conv -> conv.apply(input)).orElse(input).add(out);
    return divisor == 1 ? sum : sum.div(new Scalar(divisor));
  }

  private Tensor norm2Input(Tensor h, Tensor embedding) {
    if (time.isEmpty()) {
      return norm2.apply(h);
    }
    Tensor told = time.get().apply(torch.silu(embedding)).unsqueeze(2).unsqueeze(3);
    if (!scaleShift) {
      return norm2.apply(h.add(told));
    }
    long width = told.size(1) / 2;
    Tensor scale = told.narrow(1, 0, width).add(new Scalar(1.0));
    return norm2.apply(h).mul(scale).add(told.narrow(1, width, width));
  }

  private Tensor resized(Tensor x) {
    return switch (size) {
      case SAME -> x;
      case HALF -> torch.avg_pool2d(x, new long[] {2, 2});
      case DOUBLE -> Resampling.nearest(x, 2 * x.size(2), 2 * x.size(3));
    };
  }
}
