package org.sememe.training.autograd;

import static org.sememe.sae.objective.ParameterNames.THRESHOLD;
import static org.sememe.sae.objective.ParameterNames.W_DEC;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.sae.design.DecoderKind;
import org.sememe.sae.design.Design;
import org.sememe.sae.design.Normalisation;
import org.sememe.sae.objective.Archetypes;
import org.sememe.sae.objective.Evaluation;
import org.sememe.sae.objective.Objective;
import org.sememe.sae.objective.ParameterNames;
import org.sememe.sae.objective.Situation;
import org.sememe.training.optimiser.DecoderConstraint;
import org.sememe.training.optimiser.DecoderConstraint.UnitNorm;
import org.sememe.training.optimiser.GradientNorm;
import org.sememe.training.optimiser.LearningRate;
import org.sememe.training.optimiser.Optimiser;

/**
 * A whole training step of any design: rows are normalised if the constraint says so, the loss and
 * its gradients computed, gradients projected and clipped, the optimiser asked, the constraint
 * applied, an archetypal decoder held, silent latents counted and the threshold moved.
 * Deterministic. Parameters, optimiser and counts stay the caller's and are changed in place;
 * everything else is freed before {@link #step} returns. One thread at a time.
 */
public final class AutogradStep {
  private final Map<String, Tensor> parameters;
  private final Map<String, Tensor> trained;
  private final StepRules rules;
  private final Optimiser optimiser;
  private final Silence silence;
  private final Consumer<Map<String, Tensor>> watcher;

  /**
   * A step over these tensors.
   *
   * @param parameters by {@link ParameterNames}, float32; constant ones stay as they are
   * @param watcher sees the gradients that the optimiser gets, for the time of the call
   */
  public AutogradStep(
      Map<String, Tensor> parameters,
      StepRules rules,
      Optimiser optimiser,
      Silence silence,
      Consumer<Map<String, Tensor>> watcher) {
    this.parameters = parameters;
    Map<String, Tensor> some = new LinkedHashMap<>(parameters);
    some.keySet().removeIf(ParameterNames::constant);
    this.trained = Collections.unmodifiableMap(some);
    this.rules = rules;
    this.optimiser = optimiser;
    this.silence = silence;
    this.watcher = watcher;
  }

  /**
   * One step.
   *
   * @param design that of this step: k and penalties may change from one to the next
   * @param step its number, from 0
   * @param penaltyScale what penalties are multiplied by
   * @throws ArithmeticException if the loss or a gradient is not finite; weights, optimiser and
   *     counts are then as before, but for what the rules do before a loss
   */
  public StepOutcome step(
      Design design, StepInput input, long step, double penaltyScale, LearningRate rate) {
    try (PointerScope scope = new PointerScope()) {
      prepare(design);
      long rows = input.x().size(0);
      Tensor dead = silence.dead(rules.dead(), rows);
      Situation situation = Situation.plain().withDead(dead).withPenaltyScale(penaltyScale);
      if (design.error() == Normalisation.TARGET_VARIANCE && input.chunks() > 1) {
        situation = situation.withTargetVariance(variance(input.target()));
      }
      if (input.downstream().isPresent()) {
        situation = situation.withDownstream(input.downstream().get());
      }
      Learned learned = learn(design, input, situation);
      Tensor spared =
          design.dead().map(rule -> rule.sparesFired()).orElse(true)
              ? dead.logical_and(silence.firedNow().logical_not())
              : dead;
      double norm = move(learned, step, rate);
      hold(design);
      rules.threshold().ifPresent(rule -> silence.moveThreshold(rule, step));
      silence.count(rules.dead().amount(rows));
      return new StepOutcome(
          learned.loss,
          learned.terms,
          learned.squaredError,
          learned.active,
          norm,
          spared.sum().item_long());
    }
  }

  private void prepare(Design design) {
    hold(design);
    if (rules.constraint() instanceof UnitNorm unit
        && unit.normalisation() == DecoderConstraint.Normalisation.BEFORE_LOSS) {
      unit.apply(parameters.get(W_DEC));
    }
    if (rules.positiveThresholds() && parameters.containsKey(THRESHOLD)) {
      parameters.get(THRESHOLD).clamp_min_(new Scalar(0.0));
    }
  }

  private void hold(Design design) {
    if (design.structure().decoder() instanceof DecoderKind.Archetypal rule) {
      if (!(rules.constraint() instanceof DecoderConstraint.Free)) {
        throw new IllegalArgumentException(
            "an archetypal decoder's rows have the norms of its points: choose free norms, not "
                + rules.constraint());
      }
      Archetypes.hold(rule, parameters);
    }
  }

  private static double variance(Tensor target) {
    return target.sub(target.mean(0)).square().sum().item_double();
  }

  /** What the chunks together give. */
  private static final class Learned {
    private final Map<String, Tensor> gradients = new LinkedHashMap<>();
    private final Map<String, Double> terms = new LinkedHashMap<>();
    private double loss;
    private double squaredError;
    private double active;

    Learned(Map<String, Tensor> trained) {
      trained.forEach((name, tensor) -> gradients.put(name, torch.zeros_like(tensor)));
    }

    void add(Evaluation evaluation, Tensor target, double share) {
      Tensor error = target.sub(evaluation.reconstruction().detach());
      double rows = target.size(0);
      squaredError += share * error.square().sum().item_double() / rows;
      active += share * evaluation.activations().detach().count_nonzero().item_long() / rows;
      loss += share * evaluation.total().item_double();
      evaluation
          .terms()
          .keySet()
          .forEach(name -> terms.merge(name, share * evaluation.value(name), Double::sum));
      evaluation
          .gradients()
          .forEach((name, gradient) -> gradients.get(name).add_(gradient, new Scalar(share)));
    }
  }

  private Learned learn(Design design, StepInput input, Situation situation) {
    Objective objective = Objective.of(design);
    Learned learned = new Learned(trained);
    long rows = input.x().size(0);
    long length = (rows + input.chunks() - 1) / input.chunks();
    for (long from = 0; from < rows; from += length) {
      long size = Math.min(length, rows - from);
      try (PointerScope part = new PointerScope()) { // a chunk's graph ends with it
        Tensor x = input.x().narrow(0, from, size);
        Tensor target = input.target().narrow(0, from, size);
        Evaluation evaluation = objective.evaluate(parameters, x, target, situation);
        learned.add(evaluation, target, (double) size / rows);
        silence.see(rules.dead(), design, evaluation);
        rules.threshold().ifPresent(rule -> silence.seeLeast(rule, evaluation));
      }
    }
    return learned;
  }

  /** Returns the norm of before clipping. */
  private double move(Learned learned, long step, LearningRate rate) {
    Map<String, Tensor> gradients = learned.gradients;
    project(DecoderConstraint.Projection.BEFORE_CLIPPING, gradients);
    double norm =
        rules.clip().isPresent()
            ? GradientNorm.clip(gradients.values(), rules.clip().getAsDouble())
            : GradientNorm.of(gradients.values());
    if (!Double.isFinite(learned.loss) || !Double.isFinite(norm)) {
      throw new ArithmeticException(
          "step %d: the loss is %s, its gradient's norm %s: lower the learning rate, or look for broken rows"
              .formatted(step, learned.loss, norm));
    }
    project(DecoderConstraint.Projection.AFTER_CLIPPING, gradients);
    watcher.accept(gradients);
    optimiser.step(trained, gradients, rate);
    switch (rules.constraint()) {
      case UnitNorm unit -> {
        if (unit.normalisation() == DecoderConstraint.Normalisation.AFTER_UPDATE) {
          unit.apply(parameters.get(W_DEC));
        }
      }
      case DecoderConstraint other -> other.apply(parameters.get(W_DEC));
    }
    return norm;
  }

  private void project(DecoderConstraint.Projection when, Map<String, Tensor> gradients) {
    if (rules.constraint() instanceof UnitNorm unit && unit.projection() == when) {
      unit.project(gradients.get(W_DEC), parameters.get(W_DEC));
    }
  }
}
