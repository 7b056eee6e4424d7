package org.sememe.models.unet;

import java.io.IOException;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Attention among a picture's positions beside a shortcut (diffusers' Attention in blocks without
 * text).
 *
 * @param norm before it, where there is one
 * @param divisor of the sum
 */
record SpatialAttention(Optional<GroupNorm> norm, HeadAttention attention, double divisor)
    implements Mixing {
  /**
   * @param groups of the norm; 0 for none
   */
  static SpatialAttention of(
      ParameterSource source,
      String path,
      int channels,
      int heads,
      int groups,
      double eps,
      double divisor)
      throws IOException {
    if (channels % heads != 0) {
      throw new IllegalArgumentException(
          path + ": " + channels + " channels are not " + heads + " equal heads");
    }
    Optional<GroupNorm> norm =
        groups == 0
            ? Optional.empty()
            : Optional.of(GroupNorm.of(source, path + ".group_norm", channels, groups, eps));
    return new SpatialAttention(
        norm,
        new HeadAttention(
            heads,
            source.linear(path + ".to_q", channels, channels),
            source.linear(path + ".to_k", channels, channels),
            source.linear(path + ".to_v", channels, channels),
            source.linear(path + ".to_out.0", channels, channels)),
        divisor);
  }

  @Override
  public Tensor apply(Tensor x, Optional<Tensor> text) {
    Tensor rows = Positions.rows(norm.map(n -> n.apply(x)).orElse(x));
    Tensor seen = Positions.picture(attention.apply(rows, rows), x.size(2), x.size(3));
    Tensor sum = x.add(seen);
    return divisor == 1 ? sum : sum.div(new Scalar(divisor));
  }
}
