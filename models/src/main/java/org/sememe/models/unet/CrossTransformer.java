package org.sememe.models.unet;

import static org.bytedeco.pytorch.global.torch.gelu;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.sememe.models.blocks.Linear;
import org.sememe.models.blocks.Norm;

/**
 * Transformer blocks over a picture's positions that also look at a text (diffusers'
 * Transformer2DModel).
 *
 * @param in a linear map of the positions, or a 1x1 convolution: the same, but for its file
 */
record CrossTransformer(GroupNorm norm, Linear in, List<Block> blocks, Linear out)
    implements Mixing {
  private static final double GROUP_EPS = 1e-6;
  private static final double LAYER_EPS = 1e-5;
  private static final int WIDER = 4;

  /** Attention among positions, attention to the text, and an MLP with a gate. */
  record Block(
      Norm norm1,
      HeadAttention own,
      Norm norm2,
      HeadAttention cross,
      Norm norm3,
      Linear widen,
      Linear narrow) {
    static Block of(ParameterSource source, int width, int heads, int textWidth)
        throws IOException {
      return new Block(
          norm(source, "norm1", width),
          attention(source, "attn1", width, heads, width),
          norm(source, "norm2", width),
          attention(source, "attn2", width, heads, textWidth),
          norm(source, "norm3", width),
          source.linear("ff.net.0.proj", width, 2L * WIDER * width),
          source.linear("ff.net.2", (long) WIDER * width, width));
    }

    private static Norm norm(ParameterSource source, String path, int width) throws IOException {
      return new Norm(
          Norm.Kind.LAYER,
          LAYER_EPS,
          source.parameter(path + ".weight", width),
          Optional.of(source.parameter(path + ".bias", width)));
    }

    private static HeadAttention attention(
        ParameterSource source, String path, int width, int heads, int seen) throws IOException {
      return new HeadAttention(
          heads,
          source.plainLinear(path + ".to_q", width, width),
          source.plainLinear(path + ".to_k", seen, width),
          source.plainLinear(path + ".to_v", seen, width),
          source.linear(path + ".to_out.0", width, width));
    }

    Tensor apply(Tensor rows, Tensor text) {
      Tensor normed = norm1.apply(rows, /* recording= */ true);
      Tensor x = rows.add(own.apply(normed, normed));
      x = x.add(cross.apply(norm2.apply(x, true), text));
      Tensor wide = widen.apply(norm3.apply(x, true));
      long half = wide.size(2) / 2;
      Tensor gated = wide.narrow(2, 0, half).mul(gelu(wide.narrow(2, half, half)));
      return x.add(narrow.apply(gated));
    }
  }

  static CrossTransformer of(
      ParameterSource source,
      String path,
      int channels,
      int heads,
      int layers,
      int groups,
      int textWidth,
      boolean linear)
      throws IOException {
    if (channels % heads != 0) {
      throw new IllegalArgumentException(
          path + ": " + channels + " channels are not " + heads + " equal heads");
    }
    GroupNorm norm = GroupNorm.of(source, path + ".norm", channels, groups, GROUP_EPS);
    Linear in = projection(source, path + ".proj_in", channels, linear);
    List<Block> blocks = new ArrayList<>();
    for (int i = 0; i < layers; i++) {
      blocks.add(
          Block.of(source.below(path + ".transformer_blocks." + i), channels, heads, textWidth));
    }
    return new CrossTransformer(
        norm, in, List.copyOf(blocks), projection(source, path + ".proj_out", channels, linear));
  }

  private static Linear projection(
      ParameterSource source, String path, int channels, boolean linear) throws IOException {
    if (linear) {
      return source.linear(path, channels, channels);
    }
    Tensor kernel = source.parameter(path + ".weight", channels, channels, 1, 1);
    Tensor weight = kernel.view(channels, channels);
    weight.retainReference();
    return new Linear(weight, Optional.of(source.parameter(path + ".bias", channels)));
  }

  @Override
  public Tensor apply(Tensor x, Optional<Tensor> text) {
    Tensor seen =
        text.orElseThrow(
            () -> new IllegalArgumentException("this network needs a text's embedding"));
    Tensor rows = in.apply(Positions.rows(norm.apply(x)));
    for (Block block : blocks) {
      rows = block.apply(rows, seen);
    }
    return Positions.picture(out.apply(rows), x.size(2), x.size(3)).add(x);
  }
}
