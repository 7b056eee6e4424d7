package org.sememe.sae.objective;

import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.sae.design.Activation;
import org.sememe.sae.design.Penalty;
import org.sememe.sae.design.WeightedPenalty;

/**
 * What penalties ask for a batch.
 *
 * @param priced the activations that penalties see {@code [n, F]}
 * @param preActivations {@code [n, F]}
 * @param dead {@code [F]}, not 0 where a latent is dead
 */
record Prices(
    Activation activation,
    Weights weights,
    Tensor priced,
    Tensor preActivations,
    Optional<Tensor> dead) {

  /** One number, before the weight. */
  Tensor of(WeightedPenalty weighted) {
    Tensor a = byNorms(priced, weighted.decoderPower());
    return switch (weighted.penalty()) {
      case Penalty.L1() -> magnitudes(a).sum(1).mean();
      case Penalty.PowerSum(double p) -> powers(magnitudes(a), p).sum(1).mean();
      case Penalty.PNorm(double p) -> powers(powers(magnitudes(a), p).sum(1), 1 / p).mean();
      case Penalty.Tanh(double scale) -> magnitudes(a).mul(new Scalar(scale)).tanh().sum(1).mean();
      case Penalty.L0() -> counts().mean();
      case Penalty.TargetL0(double target) -> distance(counts().mean(), target);
      case Penalty.RowTargetL0(double target) -> distance(counts(), target).mean();
      case Penalty.BelowThreshold(boolean deadOnly) ->
          belowThreshold(deadOnly, weighted.decoderPower());
      case Penalty.Custom(var _, var rule) -> rule.price(a, weights.all()).mean();
    };
  }

  private Tensor byNorms(Tensor values, int power) {
    return power == 0 ? values : values.mul(weights.decoderNorms().pow(new Scalar((double) power)));
  }

  /** {@code |a|}, whose slope at 0 is 1: straight-through gradients need it there. */
  private static Tensor magnitudes(Tensor values) {
    return torch.where(values.lt(new Scalar(0.0)), values.neg(), values);
  }

  /** {@code a^p}; where a is 0 and the slope infinite, no gradient. */
  private static Tensor powers(Tensor values, double p) {
    if (p == 1) {
      return values;
    }
    Tensor positive = values.detach().gt(new Scalar(0.0));
    Tensor safe = torch.where(positive, values, torch.ones_like(values));
    return safe.pow(new Scalar(p)).mul(positive.to(values.scalar_type()));
  }

  /** Active latents of each row {@code [n]}. */
  private Tensor counts() {
    Tensor indicators =
        activation instanceof Activation.JumpRelu jump
            ? new StraightThrough(jump, preActivations, weights.thresholds()).indicators()
            : priced.detach().ne(new Scalar(0.0)).to(priced.scalar_type());
    return indicators.sum(1);
  }

  private static Tensor distance(Tensor counts, double target) {
    return counts.div(new Scalar(target)).sub(new Scalar(1.0)).square();
  }

  private Tensor belowThreshold(boolean deadOnly, int power) {
    Tensor below = byNorms(torch.relu(weights.thresholds().sub(preActivations)), power);
    if (!deadOnly) {
      return below.sum(1).mean();
    }
    Tensor mask = dead.orElseGet(() -> torch.zeros_like(below.select(0, 0).detach()));
    return below.mul(mask.to(below.scalar_type())).sum(1).mean();
  }
}
