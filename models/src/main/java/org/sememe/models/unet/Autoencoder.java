package org.sememe.models.unet;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.models.blocks.ConfigJson;
import org.sememe.models.blocks.ModelFolder;
import org.sememe.models.blocks.WeightReader;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorSource;

/**
 * The autoencoder between pixels and latents (diffusers' AutoencoderKL; Rombach et al. 2022). Owns
 * its parameters; several threads may run at once.
 */
public final class Autoencoder implements AutoCloseable {
  private static final double EPS = 1e-6;
  private static final double LEAST_LOG_VARIANCE = -30;
  private static final double MOST_LOG_VARIANCE = 20;

  private final Shape shape;
  private final SequencedMap<String, Tensor> parameters = ParameterSource.record();
  private final Side encoder;
  private final Side decoder;
  private final Optional<Convolution> before;
  private final Optional<Convolution> after;

  /**
   * The shape of an autoencoder.
   *
   * @param channels of each level, the finest first
   * @param layers residual blocks of a level of the encoder; the decoder has one more
   * @param middleAttention whether positions see each other in the middle
   * @param scaling what latents are multiplied by for the denoiser
   * @param quantised whether 1x1 convolutions stand at the latents
   */
  public record Shape(
      int pixels,
      int latents,
      List<Integer> channels,
      int layers,
      int groups,
      boolean middleAttention,
      double scaling,
      boolean quantised) {
    static Shape read(ConfigJson json) throws IOException {
      List<Integer> channels = new ArrayList<>();
      json.at("block_out_channels").forEach(value -> channels.add(value.asInt()));
      if (!json.text("_class_name", "").equals("AutoencoderKL")
          || channels.isEmpty()
          || channels.stream().anyMatch(c -> c < 1)
          || !json.text("act_fn", "silu").equals("silu")) {
        throw new FormatException(
            json.file(), 0, "need an AutoencoderKL with block_out_channels and act_fn silu");
      }
      return new Shape(
          json.integer("in_channels", 3),
          json.integer("latent_channels", 4),
          List.copyOf(channels),
          json.integer("layers_per_block", 1),
          json.integer("norm_num_groups", 32),
          json.flag("mid_block_add_attention", true),
          json.number("scaling_factor", 0.18215),
          json.flag("use_quant_conv", true));
    }

    /** Pixels along a side of what one latent stands for. */
    public int factor() {
      return 1 << (channels.size() - 1);
    }
  }

  /**
   * The latents of pictures as a normal distribution.
   *
   * @param mean {@code [samples, latents, height, width]}
   * @param logVariance of the same shape
   */
  public record Latents(Tensor mean, Tensor logVariance) {
    /** A draw. */
    public Tensor sample(Tensor noise) {
      return mean.add(logVariance.mul(new Scalar(0.5)).exp().mul(noise));
    }
  }

  /** One side: levels, and blocks in the middle. */
  private record Side(
      Convolution in,
      List<Level> levels,
      ResidualBlock middle0,
      Optional<Mixing> mixing,
      ResidualBlock middle1,
      GroupNorm norm,
      Convolution out) {
    Tensor middle(Tensor x) {
      return Scratch.keep(
          () -> {
            Tensor h = middle0.apply(x, x);
            Tensor mixed = mixing.isPresent() ? mixing.get().apply(h, Optional.empty()) : h;
            return middle1.apply(mixed, mixed);
          });
    }

    Tensor last(Tensor x) {
      return Scratch.keep(() -> out.apply(torch.silu(norm.apply(x))));
    }
  }

  private Autoencoder(Shape shape, ParameterSource source) throws IOException {
    this.shape = shape;
    ParameterSource all = source.recording(parameters);
    this.encoder = side(all.below("encoder"), true);
    this.decoder = side(all.below("decoder"), false);
    this.before = quantising(all, "post_quant_conv", shape.latents);
    this.after = quantising(all, "quant_conv", 2 * shape.latents);
  }

  private Optional<Convolution> quantising(ParameterSource all, String path, int channels)
      throws IOException {
    return shape.quantised
        ? Optional.of(Convolution.same(all, path, channels, channels, 1))
        : Optional.empty();
  }

  private Side side(ParameterSource source, boolean encoding) throws IOException {
    var style = new ResidualBlock.Style(shape.groups, EPS, 0, false, 1);
    List<Integer> channels = encoding ? shape.channels : shape.channels.reversed();
    int coarsest = shape.channels.getLast();
    int first = channels.getFirst();
    Convolution in =
        Convolution.same(source, "conv_in", encoding ? shape.pixels : shape.latents, first, 3);
    List<Level> levels = new ArrayList<>();
    for (int i = 0; i < channels.size(); i++) {
      String path = (encoding ? "down_blocks." : "up_blocks.") + i;
      boolean resamples = i + 1 < channels.size();
      int here = channels.get(i);
      List<ResidualBlock> blocks = new ArrayList<>();
      List<Optional<Mixing>> mixings = new ArrayList<>();
      for (int j = 0; j < shape.layers + (encoding ? 0 : 1); j++) {
        int from = j == 0 ? channels.get(Math.max(i - 1, 0)) : here;
        blocks.add(
            ResidualBlock.of(
                source, path + ".resnets." + j, from, here, style, ResidualBlock.Size.SAME));
        mixings.add(Optional.empty());
      }
      Optional<Resampling> resampling = Optional.empty();
      if (resamples) {
        resampling =
            Optional.of(
                encoding
                    ? Resampling.Strided.of(source, path, here, 0)
                    : Resampling.Resized.of(source, path, here));
      }
      levels.add(new Level(path, blocks, mixings, resampling));
    }
    String middle = "mid_block.";
    return new Side(
        in,
        List.copyOf(levels),
        ResidualBlock.of(
            source, middle + "resnets.0", coarsest, coarsest, style, ResidualBlock.Size.SAME),
        shape.middleAttention
            ? Optional.of(
                SpatialAttention.of(
                    source, middle + "attentions.0", coarsest, 1, shape.groups, EPS, 1))
            : Optional.empty(),
        ResidualBlock.of(
            source, middle + "resnets.1", coarsest, coarsest, style, ResidualBlock.Size.SAME),
        GroupNorm.of(source, "conv_norm_out", channels.getLast(), shape.groups, EPS),
        Convolution.same(
            source,
            "conv_out",
            channels.getLast(),
            encoding ? 2 * shape.latents : shape.pixels,
            3));
  }

  /**
   * Opens a folder of diffusers: {@code config.json} beside the weights.
   *
   * @throws FormatException if it is damaged, or of a kind not known
   */
  public static Autoencoder open(PictureFolder folder) throws IOException {
    Shape shape = Shape.read(new ModelFolder(folder.path()).config());
    try (TensorSource file = folder.weights()) {
      WeightReader reader = ParameterSource.reader(file);
      try {
        return new Autoencoder(shape, ParameterSource.of(reader));
      } catch (IllegalArgumentException problem) {
        reader.discard();
        throw new FormatException(folder.path(), 0, problem.getMessage());
      } catch (IOException | RuntimeException problem) {
        reader.discard();
        throw problem;
      }
    }
  }

  /** Its shape. */
  public Shape shape() {
    return shape;
  }

  /** The latents of pictures {@code [samples, channels, height, width]} in [-1, 1], unscaled. */
  public Latents encode(Tensor pictures, Tap tap) {
    Tensor x = encoder.in.apply(pictures);
    for (Level level : encoder.levels) {
      x = tap.pass("encoder." + level.path(), run(level, x));
    }
    x = tap.pass("encoder.mid_block", encoder.middle(x));
    Tensor moments = tap.pass("encoder", encoder.last(x));
    Tensor both = after.isPresent() ? after.get().apply(moments) : moments;
    Tensor logVariance =
        both.narrow(1, shape.latents, shape.latents)
            .clamp_min(new Scalar(LEAST_LOG_VARIANCE))
            .clamp_max(new Scalar(MOST_LOG_VARIANCE));
    return new Latents(both.narrow(1, 0, shape.latents), logVariance);
  }

  /** Pictures in [-1, 1], not cut there, of unscaled latents. */
  public Tensor decode(Tensor latents, Tap tap) {
    Tensor z =
        before.isPresent() ? tap.pass("post_quant_conv", before.get().apply(latents)) : latents;
    Tensor x = tap.pass("decoder.mid_block", decoder.middle(decoder.in.apply(z)));
    for (Level level : decoder.levels) {
      x = tap.pass("decoder." + level.path(), run(level, x));
    }
    return tap.pass("decoder", decoder.last(x));
  }

  private static Tensor run(Level level, Tensor x) {
    return Scratch.keep(
        () -> {
          Tensor h = x;
          for (ResidualBlock block : level.blocks()) {
            Tensor in = h;
            h = Scratch.keep(() -> block.apply(in, in));
          }
          return level.resampling().isPresent()
              ? level.resample(h, h, 2 * h.size(2), 2 * h.size(3))
              : h;
        });
  }

  @Override
  public void close() {
    parameters.values().forEach(Tensor::close);
    parameters.clear();
  }
}
