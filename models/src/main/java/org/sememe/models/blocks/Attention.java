package org.sememe.models.blocks;

import static org.bytedeco.pytorch.global.torch.scaled_dot_product_attention;

import java.util.OptionalDouble;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Softmax attention by libtorch, step by step where a plan or a soft cap asks for the scores, by
 * its fused kernel elsewhere. Stateless.
 *
 * @param scale factor of the dot products
 * @param softCap c: scores become {@code c * tanh(score / c)} before the mask
 * @param scores name of the hook point of the scores after scale, cap and mask
 * @param pattern name of the hook point of their softmax
 */
public record Attention(double scale, OptionalDouble softCap, String scores, String pattern) {
  private static final double NO_DROPOUT = 0;

  /** Whether nothing but the attended values is wanted, without cap. */
  public boolean plain(Taps taps) {
    return softCap.isEmpty() && !taps.any(scores, pattern);
  }

  /**
   * The attended values, {@code [sequences, queries, heads * width]}.
   *
   * @param queries {@code [sequences, heads, queries, width]}
   * @param keys {@code [sequences, kvHeads, keys, width]}; kvHeads divides heads
   * @param values as keys
   */
  public Tensor attend(Tensor queries, Tensor keys, Tensor values, AttentionMask mask, Taps taps) {
    boolean grouped = queries.size(1) != keys.size(1);
    Tensor z =
        plain(taps)
            ? scaled_dot_product_attention(
                queries,
                keys,
                values,
                mask.argument(),
                NO_DROPOUT,
                mask.causal(),
                new DoubleOptional(scale),
                grouped)
            : explicit(queries, spread(keys, queries), spread(values, queries), mask, taps);
    return z.transpose(1, 2).reshape(z.size(0), z.size(2), z.size(1) * z.size(3));
  }

  private Tensor explicit(
      Tensor queries, Tensor keys, Tensor values, AttentionMask mask, Taps taps) {
    Tensor raw = queries.matmul(keys.transpose(-2, -1)).mul(new Scalar(scale));
    Tensor capped =
        softCap.isEmpty()
            ? raw
            : raw.div(new Scalar(softCap.getAsDouble()))
                .tanh()
                .mul(new Scalar(softCap.getAsDouble()));
    Tensor masked =
        mask.forbidden(queries.size(2), keys.size(2))
            .map(no -> capped.masked_fill(no, new Scalar(Double.NEGATIVE_INFINITY)))
            .orElse(capped);
    Tensor weights = taps.pass(pattern, taps.pass(scores, masked).softmax(-1));
    return weights.matmul(values);
  }

  /** Each key or value head repeated for the query heads that share it. */
  private static Tensor spread(Tensor heads, Tensor queries) {
    long b = heads.size(0);
    long kv = heads.size(1);
    long t = heads.size(2);
    long width = heads.size(3);
    long group = queries.size(1) / kv;
    return heads.unsqueeze(2).expand(b, kv, group, t, width).reshape(b, kv * group, t, width);
  }
}
