package org.sememe.training;

import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.sae.dictionary.TemporalCoder;
import org.sememe.tensors.TensorMemory;
import org.sememe.training.autograd.Silence;
import org.sememe.training.optimiser.DecoderConstraint;
import org.sememe.training.optimiser.GradientNorm;
import org.sememe.training.optimiser.LearningRate;

/**
 * A step of a temporal dictionary, whose batch is sequences one after the other: the loss is the
 * mean over rows of {@code |x - D(predicted + novel) - b|^2}, and with relu L1 of the novel codes
 * beside it, differentiated by autograd. Dead latents are counted by their novel codes and not
 * revived. One thread at a time.
 */
final class TemporalStep implements Step {
  private final TrainState state;
  private final TrainOptions options;
  private final TrainPlan plan;
  private final TemporalWeights weights;
  private final DecoderConstraint constraint =
      new DecoderConstraint.UnitNorm(
          DecoderConstraint.Projection.BEFORE_CLIPPING,
          DecoderConstraint.Normalisation.AFTER_UPDATE);
  private final Silence silence;
  private long counted;

  /** Steps of one run; the state stays the caller's. */
  TemporalStep(TrainState state, TrainOptions options, TrainPlan plan) {
    this.state = state;
    this.options = options;
    this.plan = plan;
    this.weights = new TemporalWeights(options);
    this.silence = Silence.over(state.tensor(TrainState.SINCE_FIRED), state.threshold());
  }

  @Override
  public StepFigures step(MemorySegment batch) {
    long begin = System.nanoTime();
    long number = state.step();
    int rows = options.batch();
    int length = options.temporal().sequence();
    try (PointerScope scope = new PointerScope()) {
      Tensor flat = TensorMemory.tensor(batch, ScalarType.Float, rows, state.width());
      Tensor x = flat.reshape(rows / length, length, state.width());
      Map<String, Tensor> leaves = new LinkedHashMap<>();
      state
          .parameters()
          .forEach((name, tensor) -> leaves.put(name, tensor.detach().requires_grad_(true)));
      TemporalCoder.Weights coder = weights.of(leaves, 1);
      TemporalCoder.Parts parts = TemporalCoder.parts(coder, x);
      Tensor error = x.sub(TemporalCoder.decoded(coder, parts.novel().add(parts.predicted())));
      Tensor squared = error.square().sum().div(new Scalar((double) rows));
      double price = plan.penalty().isPresent() ? plan.penaltyWeight(number) : 0;
      Tensor penalty = parts.novel().sum().mul(new Scalar(price / rows));
      Tensor loss = squared.add(penalty);
      Map<String, Tensor> gradients = gradients(loss, leaves);
      double rate = plan.rate(number);
      double norm = move(loss.item_double(), gradients, rate);
      Tensor active = parts.novel().detach().ne(new Scalar(0.0)).reshape(rows, -1);
      long dead = silence.count(active, rows, plan.deadTokens());
      state.step(number + 1);
      counted += rows;
      double variance = TrainStep.squares(flat.sub(flat.mean(0))) / rows;
      return new StepFigures(
          Double.isFinite(norm) ? loss.item_double() : Double.NaN,
          squared.item_double(),
          0,
          penalty.item_double(),
          squared.item_double() / variance,
          active.sum().item_long() / (double) rows,
          Math.toIntExact(dead),
          rate,
          norm,
          Optional.empty(),
          new StepFigures.Times(0, 0, 0, System.nanoTime() - begin, 0));
    }
  }

  /** Those that the loss depends on. */
  private static Map<String, Tensor> gradients(Tensor loss, Map<String, Tensor> leaves) {
    TensorVector found =
        torch.grad(
            new TensorVector(loss),
            new TensorVector(leaves.values().toArray(Tensor[]::new)),
            new TensorVector(),
            new BoolOptional(true),
            false,
            true);
    Map<String, Tensor> gradients = new LinkedHashMap<>();
    int i = 0;
    for (String name : leaves.keySet()) {
      Tensor gradient = found.get(i++);
      if (gradient.defined()) {
        gradients.put(name, gradient);
      }
    }
    return gradients;
  }

  /** Returns the norm of before clipping; nothing is moved where it is no number. */
  private double move(double loss, Map<String, Tensor> gradients, double rate) {
    Tensor decoder = state.parameters().get(TrainState.W_DEC);
    constraint.project(gradients.get(TrainState.W_DEC), decoder);
    double norm =
        options.clip() > 0
            ? GradientNorm.clip(gradients.values(), options.clip())
            : GradientNorm.of(gradients.values());
    if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
      return Double.NaN;
    }
    state.optimiser().orElseThrow().step(state.parameters(), gradients, LearningRate.of(rate));
    constraint.apply(decoder);
    return norm;
  }

  @Override
  public DensityHistogram densities() {
    DensityHistogram densities = DensityHistogram.of(silence.takeFirings(), counted);
    counted = 0;
    return densities;
  }

  @Override
  public void close() {
    silence.close();
  }
}
