package org.sememe.sae.objective;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.design.Activation;

/**
 * JumpReLU's two functions with a step in them, and the gradients that stand for the steps'
 * (Rajamanoharan et al. 2024b, section 4): with {@code K = 1[|p - theta| < bandwidth / 2]},
 *
 * <pre>
 * d p 1[p > theta] / d theta = -theta / bandwidth K
 * d   1[p > theta] / d theta =     -1 / bandwidth K
 * </pre>
 *
 * and, where they pass to p too, the same with the other sign.
 */
record StraightThrough(Activation.JumpRelu rule, Tensor preActivations, Tensor thresholds) {
  /** {@code p 1[p > theta]}. */
  Tensor activations() {
    Tensor theta = thresholds.detach();
    return surrogate(preActivations.mul(open()), theta.mul(slope()));
  }

  /** {@code 1[p > theta]}. */
  Tensor indicators() {
    return surrogate(open(), slope());
  }

  private Tensor open() {
    Tensor plain = preActivations.detach();
    return plain.gt(thresholds.detach()).to(plain.scalar_type());
  }

  private Tensor slope() {
    Tensor plain = preActivations.detach();
    Tensor inside = plain.sub(thresholds.detach()).abs().lt(new Scalar(rule.bandwidth() / 2));
    return inside.to(plain.scalar_type()).div(new Scalar(rule.bandwidth()));
  }

  /** {@code value}, to whose gradient that of {@code slope (p - theta)} is added. */
  private Tensor surrogate(Tensor value, Tensor slope) {
    Tensor pulled =
        switch (rule.through()) {
          case THRESHOLDS -> slope.mul(thresholds).neg();
          case ALL -> slope.mul(preActivations.sub(thresholds));
        };
    return value.add(pulled.sub(pulled.detach()));
  }
}
