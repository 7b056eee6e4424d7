package org.sememe.sae.objective;

import static org.sememe.sae.objective.ParameterNames.LOG_SCALE;
import static org.sememe.sae.objective.ParameterNames.POINTS;
import static org.sememe.sae.objective.ParameterNames.RELAXATION;
import static org.sememe.sae.objective.ParameterNames.W_MIX;

import java.util.Map;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.sae.design.DecoderKind;

/**
 * The rows of an archetypal decoder, {@code exp(log_scale) (W_mix C + relaxation)}. Stateless,
 * thread-safe.
 */
public final class Archetypes {
  private static final double FLOOR = 1e-8;

  private Archetypes() {}

  /** {@code [F, d]}; gradients pass as if all were free. */
  static Tensor rows(Function<String, Tensor> parameters) {
    Tensor mixed = parameters.apply(W_MIX).matmul(parameters.apply(POINTS));
    return mixed.add(parameters.apply(RELAXATION)).mul(parameters.apply(LOG_SCALE).exp());
  }

  /**
   * Brings parameters back to where they may be, in place: shares are made at least 0 and divided
   * by their sum, relaxations longer than the slack shortened to it.
   *
   * @param parameters by {@link ParameterNames}; stay the caller's
   */
  public static void hold(DecoderKind.Archetypal rule, Map<String, Tensor> parameters) {
    try (PointerScope scope = new PointerScope()) {
      Tensor shares = parameters.get(W_MIX);
      shares.clamp_min_(new Scalar(0.0));
      shares.div_(shares.sum(1).unsqueeze(1).add(new Scalar(FLOOR)));
      Tensor relaxation = parameters.get(RELAXATION);
      Tensor norms = relaxation.norm(new ScalarOptional(new Scalar(2.0)), new long[] {1}, true);
      Tensor allowed = torch.full_like(norms, new Scalar(rule.slack()));
      Tensor longer = norms.gt(allowed);
      Tensor share = torch.where(longer, allowed.div(norms), torch.ones_like(norms));
      relaxation.mul_(share);
    }
  }
}
