package org.sememe.models.blocks;

import static org.bytedeco.pytorch.global.torch.ones;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Who may attend to whom. Every query must be allowed at least one key: a softmax over nothing
 * would be NaN.
 *
 * @param allowed bool {@code [sequences or 1, 1, queries or 1, keys]}; empty: {@code causal} says
 *     all
 * @param causal whether each query sees the keys up to its own place; only without {@code allowed}
 */
public record AttentionMask(Optional<Tensor> allowed, boolean causal) {
  /** The mask as libtorch's attention takes it. */
  TensorOptional argument() {
    return allowed.map(TensorOptional::new).orElseGet(TensorOptional::new);
  }

  /** What is forbidden as a bool tensor that broadcasts over scores; empty: nothing. */
  Optional<Tensor> forbidden(long queries, long keys) {
    if (causal) {
      TensorOptions bool = new TensorOptions(ScalarType.Bool);
      return Optional.of(ones(new long[] {queries, keys}, bool).triu(1));
    }
    return allowed.map(Tensor::logical_not);
  }
}
