package org.sememe.training.optimiser;

import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * For a matrix: {@code W *= 1 - rate decay}; {@code m += (1 - momentum) (g - m)}; the direction
 * {@code g + momentum (m - g)} made nearly orthogonal; {@code W -= rate scale sqrt(longest side)}
 * times it. State: {@code NAME.exp_avg}, and Adam's for vectors.
 */
final class MuonOptimiser extends StatefulOptimiser {
  private static final String MOMENTUM = ".exp_avg";
  private static final double TINY = 1e-7;
  // The quintic of Jordan et al. 2024: its slope at 0 is steep, its values near 1 stay near 1.
  private static final double A = 3.4445;
  private static final double B = -4.7750;
  private static final double C = 2.0315;

  private final OptimiserChoice.Muon choice;
  private final AdamOptimiser.AdamUpdate vectors;

  MuonOptimiser(OptimiserChoice.Muon choice) {
    this.choice = choice;
    this.vectors = new AdamOptimiser.AdamUpdate(choice.vectors());
  }

  @Override
  void update(String name, Tensor parameter, Tensor gradient, double rate, long step) {
    if (parameter.dim() != 2) {
      vectors.apply(tensors(), name, parameter, gradient, rate, step);
      return;
    }
    Tensor momentum = tensors().zeros(name + MOMENTUM, parameter);
    momentum.lerp_(gradient, new Scalar(1 - choice.momentum()));
    Tensor direction = gradient.lerp(momentum, new Scalar(choice.momentum()));
    double longest = Math.max(parameter.size(0), parameter.size(1));
    parameter.mul_(new Scalar(1 - rate * choice.weightDecay()));
    parameter.add_(
        orthogonal(direction, choice.rounds()).to(parameter.scalar_type()),
        new Scalar(-rate * choice.scale() * Math.sqrt(longest)));
  }

  /**
   * Rounds of {@code X = a X + (b S + c S^2) X}, {@code S = X X'}, on the wide side, in bfloat16.
   */
  static Tensor orthogonal(Tensor matrix, int rounds) {
    boolean tall = matrix.size(0) > matrix.size(1);
    Tensor half = matrix.to(ScalarType.BFloat16);
    Tensor x = tall ? half.t() : half;
    x = x.div(x.norm().add(new Scalar(TINY)));
    for (int round = 0; round < rounds; round++) {
      Tensor square = x.matmul(x.t());
      Tensor polynomial = square.mul(new Scalar(B)).add(square.mul(new Scalar(C)).matmul(square));
      x = x.mul(new Scalar(A)).add(polynomial.matmul(x));
    }
    return tall ? x.t() : x;
  }

  @Override
  public void forgetRows(String name, Tensor parameter, Tensor rows) {
    AdamOptimiser.forget(tensors(), name, rows, List.of(MOMENTUM, ".exp_avg_sq"));
  }
}
