package org.sememe.sae.fold;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Mean and scatter of rows, float64, merged batch by batch (Chan et al. 1983): no large sums are
 * subtracted from one another.
 *
 * @param rows n
 * @param mean {@code [d]}
 * @param scatter sums of products of deviations {@code [d, d]}, or of their squares {@code [d]}
 */
record Spread(long rows, Tensor mean, Tensor scatter) {
  static Spread of(Iterable<Tensor> batches, boolean products) {
    Spread all = null;
    for (Tensor batch : batches) {
      Spread next = ofBatch(batch.to(ScalarType.Double), products);
      all = all == null ? next : all.with(next, products);
    }
    if (all == null) {
      throw new IllegalArgumentException("no inputs to estimate from");
    }
    return all;
  }

  private static Spread ofBatch(Tensor batch, boolean products) {
    Tensor mean = batch.sum(0).div(new Scalar((double) batch.size(0)));
    Tensor deviations = batch.sub(mean);
    Tensor scatter = products ? deviations.t().matmul(deviations) : deviations.square().sum(0);
    return new Spread(batch.size(0), mean, scatter);
  }

  private Spread with(Spread other, boolean products) {
    double total = (double) rows + other.rows;
    Tensor apart = other.mean.sub(mean);
    Tensor between = products ? apart.unsqueeze(1).mul(apart) : apart.square();
    return new Spread(
        rows + other.rows,
        mean.add(apart.mul(new Scalar(other.rows / total))),
        scatter.add(other.scatter).add(between.mul(new Scalar(rows * (other.rows / total)))));
  }
}
