package org.sememe.models.unet;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** The blocks of one size of the picture, on one way; internal. */
record Level(
    String path,
    List<ResidualBlock> blocks,
    List<Optional<Mixing>> mixings,
    Optional<Resampling> resampling) {

  /** Puts a mixer's parameters in place. */
  static Optional<Mixing> mixing(
      ParameterSource source,
      String path,
      UNetConfig.Mixer mixer,
      int channels,
      UNetConfig config,
      double divisor)
      throws IOException {
    return switch (mixer) {
      case UNetConfig.Mixer.None _ -> Optional.empty();
      case UNetConfig.Mixer.Spatial spatial ->
          Optional.of(
              SpatialAttention.of(
                  source,
                  path,
                  channels,
                  spatial.heads(),
                  spatial.groups(),
                  config.eps(),
                  divisor));
      case UNetConfig.Mixer.Cross cross ->
          Optional.of(
              CrossTransformer.of(
                  source,
                  path,
                  channels,
                  cross.heads(),
                  cross.layers(),
                  config.groups(),
                  cross.textWidth(),
                  cross.linear()));
    };
  }

  static Level down(ParameterSource source, UNetConfig config, int level, ResidualBlock.Style style)
      throws IOException {
    String path = "down_blocks." + level;
    int channels = config.levels().get(level).channels();
    int in = config.levels().get(Math.max(level - 1, 0)).channels();
    UNetConfig.Mixer mixer = config.levels().get(level).down();
    List<ResidualBlock> blocks = new ArrayList<>();
    List<Optional<Mixing>> mixings = new ArrayList<>();
    for (int i = 0; i < config.layers(); i++) {
      blocks.add(
          ResidualBlock.of(
              source,
              path + ".resnets." + i,
              i == 0 ? in : channels,
              channels,
              style,
              ResidualBlock.Size.SAME));
      mixings.add(mixing(source, path + ".attentions." + i, mixer, channels, config, 1));
    }
    Optional<Resampling> resampling = Optional.empty();
    if (level + 1 < config.levels().size()) {
      resampling =
          Optional.of(
              config.residualResampling() && mixer instanceof UNetConfig.Mixer.Spatial
                  ? residual(source, path + ".downsamplers.0", channels, style, true)
                  : Resampling.Strided.of(source, path, channels, config.downPadding()));
    }
    return new Level(path, blocks, mixings, resampling);
  }

  /**
   * @param level of the picture's sizes, 0 the finest
   */
  static Level up(ParameterSource source, UNetConfig config, int level, ResidualBlock.Style style)
      throws IOException {
    int levels = config.levels().size();
    String path = "up_blocks." + (levels - 1 - level);
    int channels = config.levels().get(level).channels();
    int before = config.levels().get(Math.min(level + 1, levels - 1)).channels();
    int finer = config.levels().get(Math.max(level - 1, 0)).channels();
    UNetConfig.Mixer mixer = config.levels().get(level).up();
    List<ResidualBlock> blocks = new ArrayList<>();
    List<Optional<Mixing>> mixings = new ArrayList<>();
    for (int i = 0; i <= config.layers(); i++) {
      int skip = i == config.layers() ? finer : channels;
      blocks.add(
          ResidualBlock.of(
              source,
              path + ".resnets." + i,
              (i == 0 ? before : channels) + skip,
              channels,
              style,
              ResidualBlock.Size.SAME));
      mixings.add(mixing(source, path + ".attentions." + i, mixer, channels, config, 1));
    }
    Optional<Resampling> resampling = Optional.empty();
    if (level > 0) {
      resampling =
          Optional.of(
              config.residualResampling() && mixer instanceof UNetConfig.Mixer.Spatial
                  ? residual(source, path + ".upsamplers.0", channels, style, false)
                  : Resampling.Resized.of(source, path, channels));
    }
    return new Level(path, blocks, mixings, resampling);
  }

  private static Resampling residual(
      ParameterSource source, String path, int channels, ResidualBlock.Style style, boolean down)
      throws IOException {
    return new Resampling.Residual(
        ResidualBlock.of(
            source,
            path,
            channels,
            channels,
            style,
            down ? ResidualBlock.Size.HALF : ResidualBlock.Size.DOUBLE));
  }

  /** One residual block and what mixes after it. */
  Tensor layer(int i, Tensor x, Tensor embedding, Optional<Tensor> text, Tap tap) {
    Tensor h =
        tap.pass(path + ".resnets." + i, Scratch.keep(() -> blocks.get(i).apply(x, embedding)));
    if (mixings.get(i).isEmpty()) {
      return h;
    }
    String module = path + ".attentions." + i;
    Tensor in = tap.pass(module + ".in", h);
    Mixing mixing = mixings.get(i).get();
    return tap.pass(module + ".out", Scratch.keep(() -> mixing.apply(in, text)));
  }

  /** The next level's input; only where there is one. */
  Tensor resample(Tensor x, Tensor embedding, long height, long width) {
    return Scratch.keep(() -> resampling.orElseThrow().apply(x, embedding, height, width));
  }
}
