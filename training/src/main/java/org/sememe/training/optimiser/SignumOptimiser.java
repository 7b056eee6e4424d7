package org.sememe.training.optimiser;

import java.util.HashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * The parameters are y. With the gradient at y, {@code x = y + (1 - 1 / momentum) (z - y)}, {@code
 * z -= rate sign(g)}, {@code x += c (z - x)}, {@code y = x + (1 - momentum) (z - x)}, where {@code
 * c} is the square of the highest rate so far over the sum of such squares: {@code 1 / n} at a
 * constant rate. x is computed from y, so what was done to y since, such as a norm constraint, is
 * done to it. State: {@code NAME.z}, and the sums.
 */
final class SignumOptimiser extends StatefulOptimiser {
  private static final String Z = ".z";

  private final double momentum;
  private double matrices;
  private double vectors;

  SignumOptimiser(OptimiserChoice.Signum choice) {
    this.momentum = choice.momentum();
  }

  @Override
  void begin(LearningRate rate) {
    matrices = share("matrices", rate.matrices());
    vectors = share("vectors", rate.vectors());
  }

  /** How far the average goes to z. */
  private double share(String kind, double rate) {
    double most = tensors().raise("highest_rate." + kind, rate);
    double sum = tensors().add("sum_of_squares." + kind, most * most);
    return sum == 0 ? 0 : most * most / sum;
  }

  @Override
  void update(String name, Tensor parameter, Tensor gradient, double rate, long step) {
    Tensor z = tensors().copy(name + Z, parameter);
    parameter.lerp_(z, new Scalar(1 - 1 / momentum));
    z.sub_(gradient.sign(), new Scalar(rate));
    parameter.lerp_(z, new Scalar(parameter.dim() == 2 ? matrices : vectors));
    parameter.lerp_(z, new Scalar(1 - momentum));
  }

  /** z, and so x, become what y is there. */
  @Override
  public void forgetRows(String name, Tensor parameter, Tensor rows) {
    Tensor z = tensors().view().get(name + Z);
    if (z != null) {
      try (PointerScope scope = new PointerScope()) {
        z.index_copy_(0, rows, parameter.index_select(0, rows));
      }
    }
  }

  @Override
  public Map<String, Tensor> averaged(Map<String, Tensor> parameters) {
    Map<String, Tensor> averages = new HashMap<>();
    parameters.forEach(
        (name, y) -> {
          Tensor z = tensors().view().get(name + Z);
          averages.put(name, z == null ? y : y.lerp(z, new Scalar(1 - 1 / momentum)));
        });
    return averages;
  }
}
