package org.sememe.sae.objective;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.sae.design.Activation;

/** Matching pursuit of rows in a decoder's directions. */
final class Pursuit {
  private Pursuit() {}

  /**
   * Activations {@code [n, F]}.
   *
   * @param inputs {@code [n, d]}
   * @param decoder {@code [F, d]}
   */
  static Tensor activations(Activation.MatchingPursuit rule, Tensor inputs, Tensor decoder) {
    Tensor residual = inputs;
    Tensor sum = torch.zeros_like(inputs.detach().matmul(decoder.detach().t()));
    Tensor running = torch.ones_like(sum.narrow(1, 0, 1));
    for (int i = 0; i < rule.iterations() && running.any().item_bool(); i++) {
      Tensor products = torch.relu(residual.matmul(decoder.t()));
      Tensor added = products.mul(Selections.largest(products, 1)).mul(running);
      Tensor next = sum.add(added);
      residual = residual.sub(added.matmul(decoder));
      Tensor norms =
          residual.detach().norm(new ScalarOptional(new Scalar(2.0)), new long[] {1}, true);
      Tensor goesOn = norms.ge(new Scalar(rule.residualNorm()));
      if (rule.stopsOnRepeat()) {
        Tensor changed = active(next).ne(active(sum)).any(1, true);
        goesOn = goesOn.logical_and(changed);
      }
      running = running.mul(goesOn.to(running.scalar_type()));
      sum = next;
    }
    return sum;
  }

  private static Tensor active(Tensor activations) {
    return activations.detach().ne(new Scalar(0.0));
  }
}
