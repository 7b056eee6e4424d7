package org.sememe.app.bench;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.tensors.TensorMemory;
import org.sememe.training.TrainOptions;
import org.sememe.training.TrainPlan;

/**
 * AuxK as common trainers in Python write it: live latents are masked out of the dense {@code
 * [batch, latents]} activations, {@code topk}, scatter, dense product, against the error held
 * constant. Remembers when each latent fired last; owns that memory. One thread at a time.
 */
final class DenseAuxK implements AutoCloseable {
  private final double alpha;
  private final int most;
  private final long deadRows;
  private final Tensor sinceFired;

  /** For a run of these options. */
  DenseAuxK(TrainOptions options, TrainPlan plan) {
    this.alpha = options.auxAlpha();
    this.most = plan.auxK();
    this.deadRows = plan.deadTokens();
    this.sinceFired = TensorMemory.empty(ScalarType.Long, options.latents());
    sinceFired.retainReference();
    sinceFired.zero_();
  }

  /** Counts a batch: {@code [batch, k]} latents and their activations, of which 0 is none. */
  void count(Tensor latents, Tensor activations, long rows) {
    Tensor firings = torch.zeros_like(sinceFired);
    firings.scatter_add_(
        0, latents.flatten(), activations.gt(new Scalar(0)).to(ScalarType.Long).flatten());
    sinceFired.add_(new Scalar(rows)).masked_fill_(firings.gt(new Scalar(0)), new Scalar(0));
  }

  /**
   * The loss with its weight, a part of the graph that autograd goes back through; 0 where no
   * latent is dead.
   *
   * @param hidden all latents' activations {@code [batch, latents]}
   * @param error x - reconstruction {@code [batch, d]}
   */
  Tensor loss(Tensor hidden, Tensor error, Tensor decoder) {
    Tensor dead = sinceFired.ge(new Scalar(deadRows));
    long count = dead.sum().item_long();
    Tensor target = error.detach();
    Tensor spread = target.sub(target.mean(0)).square().sum();
    if (count == 0 || !(spread.item_double() > 0)) {
      return torch.zeros(1).sum();
    }
    Tensor masked = hidden.masked_fill(dead.logical_not(), new Scalar(Double.NEGATIVE_INFINITY));
    T_TensorTensor_T best = torch.topk(masked, Math.min(most, count), -1, true, false);
    Tensor codes = torch.zeros_like(hidden).scatter(-1, best.get1(), best.get0());
    return target.sub(codes.matmul(decoder)).square().sum().div(spread).mul(new Scalar(alpha));
  }

  @Override
  public void close() {
    sinceFired.close();
  }
}
