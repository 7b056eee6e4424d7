package org.sememe.sae.objective;

import static org.sememe.sae.objective.ParameterNames.B_P;
import static org.sememe.sae.objective.ParameterNames.B_Q;
import static org.sememe.sae.objective.ParameterNames.W_P;
import static org.sememe.sae.objective.ParameterNames.W_Q;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.sae.design.EncoderKind;

/** KronSAE's encoder. */
final class Kronecker {
  private Kronecker() {}

  /** Pre-activations {@code [n, F]} of inputs {@code [n, d]}. */
  static Tensor preActivations(EncoderKind.Kronecker rule, Weights weights, Tensor inputs) {
    Tensor first = halves(inputs, weights, W_P, B_P, rule.heads(), rule.first()).unsqueeze(3);
    Tensor second = halves(inputs, weights, W_Q, B_Q, rule.heads(), rule.second()).unsqueeze(2);
    Tensor products = first.mul(second);
    Tensor both = products.detach().gt(new Scalar(0.0));
    // The root's slope at 0 is infinite: it is taken where both are on alone.
    Tensor roots = torch.where(both, products, torch.ones_like(products)).sqrt();
    return roots.mul(both.to(roots.scalar_type())).reshape(inputs.size(0), rule.latents());
  }

  /** {@code [n, heads, count]}. */
  private static Tensor halves(
      Tensor inputs, Weights weights, String matrix, String bias, int heads, int count) {
    Tensor directions = weights.get(matrix);
    if (directions.size(0) != (long) heads * count) {
      throw new IllegalArgumentException(
          "%s has %d rows, but %d heads of %d need %d"
              .formatted(matrix, directions.size(0), heads, count, (long) heads * count));
    }
    Tensor plain = inputs.matmul(directions.t()).add(weights.get(bias));
    return torch.relu(plain).reshape(inputs.size(0), heads, count);
  }
}
