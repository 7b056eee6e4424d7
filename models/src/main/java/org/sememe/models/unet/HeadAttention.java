package org.sememe.models.unet;

import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.sememe.models.blocks.Linear;

/**
 * Softmax attention between rows, with its projections.
 *
 * @param heads into which the queries' width is split
 */
record HeadAttention(int heads, Linear query, Linear key, Linear value, Linear out) {
  /**
   * What the rows see in others.
   *
   * @param rows {@code [samples, n, width]}
   * @param seen {@code [samples, m, seen width]}
   */
  Tensor apply(Tensor rows, Tensor seen) {
    Tensor attended =
        torch.scaled_dot_product_attention(
            split(query.apply(rows)),
            split(key.apply(seen)),
            split(value.apply(seen)),
            new TensorOptional(),
            /* dropout_p= */ 0,
            /* is_causal= */ false,
            new DoubleOptional(),
            /* enable_gqa= */ false);
    return out.apply(attended.transpose(1, 2).flatten(2, 3));
  }

  private Tensor split(Tensor x) {
    return x.reshape(x.size(0), x.size(1), heads, x.size(2) / heads).transpose(1, 2);
  }
}
