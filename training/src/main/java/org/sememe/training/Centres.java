package org.sememe.training;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.sememe.tensors.TensorMemory;

/** Centres of clusters of rows, for an archetypal decoder to mix. Deterministic. */
final class Centres {
  private static final int ROUNDS = 10;

  private Centres() {}

  /**
   * Lloyd's rounds from evenly chosen rows; a centre that no row is nearest to stays. Divided by
   * their mean norm, so that this is 1.
   *
   * @param rows {@code [n, d]} float32
   * @param count at most n
   * @return {@code [count, d]}
   * @throws IllegalArgumentException if all rows are 0
   */
  static float[] of(Tensor rows, int count) {
    try (PointerScope scope = new PointerScope()) {
      int n = Math.toIntExact(rows.size(0));
      long[] first = new long[count];
      for (int i = 0; i < count; i++) {
        first[i] = (long) i * n / count;
      }
      Tensor centres = rows.index_select(0, TensorMemory.longs(first, count));
      for (int round = 0; round < ROUNDS; round++) {
        try (PointerScope one = new PointerScope()) {
          centres.copy_(moved(rows, centres));
        }
      }
      double norm =
          centres.norm(new ScalarOptional(new Scalar(2.0)), new long[] {1}).mean().item_double();
      if (!(norm > 0)) {
        throw new IllegalArgumentException(
            "the first rows are all alike: an archetypal decoder has nothing to mix");
      }
      return TensorMemory.floats(centres.div(new Scalar(norm)).contiguous());
    }
  }

  private static Tensor moved(Tensor rows, Tensor centres) {
    // |x - c|^2 but for |x|^2
    Tensor distances = centres.square().sum(1).sub(rows.matmul(centres.t()).mul(new Scalar(2.0)));
    Tensor nearest = distances.argmin(new LongOptional(1), false);
    Tensor counts = torch.bincount(nearest, new TensorOptional(), centres.size(0));
    Tensor sums = torch.zeros_like(centres).index_add_(0, nearest, rows);
    Tensor some = counts.gt(new Scalar(0.0)).unsqueeze(1);
    Tensor means = sums.div(counts.clamp_min(new Scalar(1.0)).unsqueeze(1));
    return torch.where(some, means, centres);
  }
}
