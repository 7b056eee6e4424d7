package org.sememe.training.optimiser;

import java.util.Collection;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** The norm of all gradients together, and clipping by it (Pascanu et al. 2013). */
public final class GradientNorm {
  private static final double TINY = 1e-6; // torch's clip_grad_norm_

  private GradientNorm() {}

  /** The root of the sum of all squares. */
  public static double of(Collection<Tensor> gradients) {
    double squares = 0;
    try (PointerScope scope = new PointerScope()) {
      for (Tensor gradient : gradients) {
        double norm = gradient.norm().item_double();
        squares += norm * norm;
      }
    }
    return Math.sqrt(squares);
  }

  /**
   * Multiplies gradients in place by {@code min(most / (norm + 1e-6), 1)}.
   *
   * @param most above 0
   * @return the norm of before
   */
  public static double clip(Collection<Tensor> gradients, double most) {
    if (!(most > 0)) {
      throw new IllegalArgumentException("a largest norm of " + most + ", need above 0");
    }
    double norm = of(gradients);
    double factor = most / (norm + TINY);
    if (factor < 1) {
      try (PointerScope scope = new PointerScope()) {
        gradients.forEach(gradient -> gradient.mul_(new Scalar(factor)));
      }
    }
    return norm;
  }
}
