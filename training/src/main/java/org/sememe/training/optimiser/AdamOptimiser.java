package org.sememe.training.optimiser;

import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * {@code m = b1 m + (1 - b1) g}, {@code v = b2 v + (1 - b2) g^2}, {@code w -= rate m / (1 - b1^t) /
 * (sqrt(v / (1 - b2^t)) + epsilon)}. State: {@code NAME.exp_avg}, {@code NAME.exp_avg_sq}.
 */
final class AdamOptimiser extends StatefulOptimiser {
  private static final String FIRST = ".exp_avg";
  private static final String SECOND = ".exp_avg_sq";

  private final AdamUpdate rule;

  AdamOptimiser(OptimiserChoice.Adam choice) {
    this.rule = new AdamUpdate(choice);
  }

  @Override
  void update(String name, Tensor parameter, Tensor gradient, double rate, long step) {
    rule.apply(tensors(), name, parameter, gradient, rate, step);
  }

  @Override
  public void forgetRows(String name, Tensor parameter, Tensor rows) {
    forget(tensors(), name, rows, List.of(FIRST, SECOND));
  }

  /** Sets rows of a parameter's tensors to 0. */
  static void forget(NamedTensors state, String parameter, Tensor rows, List<String> suffixes) {
    try (PointerScope scope = new PointerScope()) {
      for (String suffix : suffixes) {
        if (state.has(parameter + suffix)) {
          state.view().get(parameter + suffix).index_fill_(0, rows, new Scalar(0.0));
        }
      }
    }
  }

  /** One tensor's update. */
  record AdamUpdate(OptimiserChoice.Adam choice) {
    void apply(
        NamedTensors state,
        String name,
        Tensor parameter,
        Tensor gradient,
        double rate,
        long step) {
      Tensor first = gradient;
      if (choice.beta1() > 0) {
        first = state.zeros(name + FIRST, parameter);
        first.lerp_(gradient, new Scalar(1 - choice.beta1()));
      }
      Tensor second = state.zeros(name + SECOND, parameter);
      second.mul_(new Scalar(choice.beta2()));
      second.addcmul_(gradient, gradient, new Scalar(1 - choice.beta2()));
      double unbias = Math.sqrt(1 - Math.pow(choice.beta2(), step));
      Tensor root = second.sqrt().div_(new Scalar(unbias)).add_(new Scalar(choice.epsilon()));
      parameter.addcdiv_(first, root, new Scalar(-rate / (1 - Math.pow(choice.beta1(), step))));
    }
  }
}
