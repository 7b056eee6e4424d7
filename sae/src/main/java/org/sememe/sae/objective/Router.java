package org.sememe.sae.objective;

import static org.sememe.sae.objective.ParameterNames.B_ENC;
import static org.sememe.sae.objective.ParameterNames.B_ROUTER;
import static org.sememe.sae.objective.ParameterNames.W_ENC;
import static org.sememe.sae.objective.ParameterNames.W_ROUTER;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.sememe.sae.design.EncoderKind;

/**
 * Switch SAE's router and experts.
 *
 * @param probabilities of the experts {@code [n, experts]}
 * @param highest each row's highest {@code [n, 1]}
 * @param chosen whose that is, int64 {@code [n, 1]}
 */
record Router(EncoderKind.Switch rule, Tensor probabilities, Tensor highest, Tensor chosen) {
  /** Routes rows {@code [n, d]}. */
  static Router of(EncoderKind.Switch rule, Weights weights, Tensor rows) {
    Tensor directions = weights.get(W_ROUTER);
    if (directions.size(0) != rule.experts()) {
      throw new IllegalArgumentException(
          "%s has %d rows, but there are %d experts"
              .formatted(W_ROUTER, directions.size(0), rule.experts()));
    }
    Tensor scores = rows.sub(weights.get(B_ROUTER)).matmul(directions.t());
    Tensor probabilities = torch.softmax(scores, 1);
    T_TensorTensor_T best = probabilities.max(1, true);
    return new Router(rule, probabilities, best.get0(), best.get1());
  }

  /**
   * Pre-activations {@code [n, F]} of inputs {@code [n, d]}; an expert encodes its own rows alone.
   */
  Tensor preActivations(Weights weights, Tensor inputs) {
    Tensor encoder = weights.get(W_ENC);
    Tensor bias = weights.get(B_ENC);
    long rows = inputs.size(0);
    long latents = encoder.size(0);
    int experts = rule.experts();
    if (latents % experts != 0) {
      throw new IllegalArgumentException(
          "%d latents cannot be cut into %d equal experts: choose a multiple"
              .formatted(latents, experts));
    }
    long each = latents / experts;
    TensorVector order = new TensorVector();
    TensorVector parts = new TensorVector();
    for (int expert = 0; expert < experts; expert++) {
      Tensor own = chosen.eq(new Scalar((long) expert)).reshape(-1).nonzero().reshape(-1);
      Tensor directions = encoder.narrow(0, expert * each, each);
      order.push_back(own);
      parts.push_back(
          inputs
              .index_select(0, own)
              .matmul(directions.t())
              .add(bias.narrow(0, expert * each, each)));
    }
    Tensor back = torch.cat(order, 0).argsort();
    Tensor values = torch.cat(parts, 0).index_select(0, back).mul(highest);
    Tensor places = chosen.unsqueeze(2).expand(rows, 1, each);
    return values
        .new_zeros(rows, experts, each)
        .scatter(1, places, values.unsqueeze(1))
        .reshape(rows, latents);
  }

  /** {@code experts sum_e f_e q_e}. */
  Tensor balance() {
    Tensor shares =
        torch.one_hot(chosen.reshape(-1), rule.experts()).to(probabilities.scalar_type()).mean(0);
    return shares.mul(probabilities.mean(0)).sum().mul(new Scalar((double) rule.experts()));
  }
}
