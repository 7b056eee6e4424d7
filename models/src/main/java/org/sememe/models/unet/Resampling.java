package org.sememe.models.unet;

import java.io.IOException;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Half or double size at the end of a level. */
sealed interface Resampling {
  /** A convolution of stride 2; {@code before} is added at the right and the bottom first. */
  record Strided(Convolution convolution, int before) implements Resampling {
    static Strided of(ParameterSource source, String path, int channels, int padding)
        throws IOException {
      String conv = path + ".downsamplers.0.conv";
      // Without padding of its own it sees one more row and column at the end only.
      return new Strided(
          Convolution.of(source, conv, channels, channels, 3, 2, padding), padding == 0 ? 1 : 0);
    }

    @Override
    public Tensor apply(Tensor x, Tensor embedding, long height, long width) {
      return convolution.apply(
          before == 0 ? x : torch.constant_pad_nd(x, new long[] {0, before, 0, before}));
    }
  }

  /** Nearest neighbours, then a convolution. */
  record Resized(Convolution convolution) implements Resampling {
    static Resized of(ParameterSource source, String path, int channels) throws IOException {
      return new Resized(
          Convolution.same(source, path + ".upsamplers.0.conv", channels, channels, 3));
    }

    @Override
    public Tensor apply(Tensor x, Tensor embedding, long height, long width) {
      return convolution.apply(nearest(x, height, width));
    }
  }

  /** A residual block that pools or repeats. */
  record Residual(ResidualBlock block) implements Resampling {
    @Override
    public Tensor apply(Tensor x, Tensor embedding, long height, long width) {
      return block.apply(x, embedding);
    }
  }

  /**
   * The next level's input.
   *
   * @param height that a growing level has to reach
   * @param width likewise
   */
  Tensor apply(Tensor x, Tensor embedding, long height, long width);

  /** The size of the nearest source place: {@code floor(i * from / to)}. */
  static Tensor nearest(Tensor x, long height, long width) {
    return torch.upsample_nearest2d(x, new long[] {height, width});
  }
}
