package org.sememe.sae.objective;

import java.util.Optional;
import java.util.OptionalDouble;
import org.bytedeco.pytorch.Tensor;

/**
 * What a loss depends on besides weights and rows.
 *
 * @param dead {@code [F]}, not 0 where a latent is dead; none is without it. The caller's
 * @param penaltyScale what all penalties are multiplied by, for a warm-up; 1 is all of them
 * @param targetVariance {@code sum |y - mean(y)|^2} of a batch that the rows are a part of
 * @param downstream adds a term of that name, of weight 1
 */
public record Situation(
    Optional<Tensor> dead,
    double penaltyScale,
    OptionalDouble targetVariance,
    Optional<Downstream> downstream) {
  /** Nothing dead, penalties in full. */
  public static Situation plain() {
    return new Situation(Optional.empty(), 1, OptionalDouble.empty(), Optional.empty());
  }

  /** The same with these latents dead. */
  public Situation withDead(Tensor mask) {
    return new Situation(Optional.of(mask), penaltyScale, targetVariance, downstream);
  }

  /** The same with penalties multiplied by this. */
  public Situation withPenaltyScale(double scale) {
    return new Situation(dead, scale, targetVariance, downstream);
  }

  /** The same as a part of a batch with this variance. */
  public Situation withTargetVariance(double variance) {
    return new Situation(dead, penaltyScale, OptionalDouble.of(variance), downstream);
  }

  /** The same with the loss of a network that is given the reconstructions, by its weight. */
  public Situation withDownstream(Downstream network) {
    return new Situation(dead, penaltyScale, targetVariance, Optional.of(network));
  }
}
