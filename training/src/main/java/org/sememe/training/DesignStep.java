package org.sememe.training;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.sae.design.Design;
import org.sememe.sae.design.WeightedPenalty;
import org.sememe.sae.objective.Downstream;
import org.sememe.tensors.TensorMemory;
import org.sememe.training.autograd.AutogradStep;
import org.sememe.training.autograd.Silence;
import org.sememe.training.autograd.StepInput;
import org.sememe.training.autograd.StepOutcome;
import org.sememe.training.optimiser.LearningRate;
import org.sememe.training.optimiser.PowerAnnealing;

/**
 * A step of any design and optimiser, by {@link AutogradStep}: what {@link TrainStep} does not do,
 * or the same the long way round, to compare. Its matrices {@code [rows, latents]} exist whole, for
 * as many rows at once as {@value #MOST_CODES} values hold. One thread at a time.
 */
final class DesignStep implements Step {
  private static final long MOST_CODES = 1L << 26;

  private final TrainState state;
  private final TrainOptions options;
  private final TrainPlan plan;
  private final Optional<Downstream> downstream;
  private final RunDesign designs;
  private final Silence silence;
  private final AutogradStep step;
  private final Optional<Annealing> annealing;
  private long counted;

  /** Steps of one run; the state stays the caller's. */
  DesignStep(
      TrainState state, TrainOptions options, TrainPlan plan, Optional<Downstream> downstream) {
    this.state = state;
    this.options = options;
    this.plan = plan;
    this.downstream = downstream;
    this.designs = state.design();
    this.silence = Silence.over(state.tensor(TrainState.SINCE_FIRED), state.threshold());
    this.step =
        new AutogradStep(
            state.parameters(),
            designs.rules(),
            state.optimiser().orElseThrow(),
            silence,
            gradients -> {});
    this.annealing =
        plan.annealing()
            .map(
                course ->
                    new Annealing(
                        course, plan.penalty().orElseThrow(), plan.penaltyWeight(), state));
  }

  /** With the power in force, and where there is one after it also that, of weight 0. */
  private static Design annealed(Design design, Annealing annealing) {
    PowerAnnealing.Stand stand = annealing.stand();
    List<WeightedPenalty> penalties = new ArrayList<>(design.penalties());
    WeightedPenalty first = penalties.getFirst();
    penalties.set(
        0,
        new WeightedPenalty(
            annealing.penalty(stand.p()),
            first.weight() * annealing.factor(),
            first.decoderPower()));
    stand
        .next()
        .ifPresent(
            p -> penalties.add(new WeightedPenalty(annealing.penalty(p), 0, first.decoderPower())));
    return design.withPenalties(penalties);
  }

  /** Brings an annealed power forward by what the batch's penalties were. */
  private static void forward(
      Annealing annealing, Design design, StepOutcome outcome, long number) {
    int last = design.penalties().size() - 1;
    annealing.after(
        number,
        outcome.terms().getOrDefault("penalty_0", 0.0),
        outcome.terms().getOrDefault("penalty_" + last, 0.0));
  }

  @Override
  public StepFigures step(MemorySegment batch) {
    long begin = System.nanoTime();
    long number = state.step();
    try (PointerScope scope = new PointerScope()) {
      int rows = options.batch();
      RowLayout layout = state.layout();
      Tensor whole = TensorMemory.tensor(batch, ScalarType.Float, rows, layout.width());
      Tensor x = layout.input(whole);
      Tensor target = layout.output(whole);
      Design plain = designs.at(number);
      Design design = annealing.map(course -> annealed(plain, course)).orElse(plain);
      double rate = plan.rate(number);
      StepOutcome outcome;
      try {
        outcome =
            step.step(
                design,
                new StepInput(x, target, chunks(rows), downstream),
                number,
                1,
                LearningRate.of(rate));
      } catch (ArithmeticException e) { // the loss or a gradient is not finite
        outcome = StepOutcome.broken();
      }
      StepOutcome measured = outcome;
      annealing.ifPresent(course -> forward(course, design, measured, number));
      state.step(number + 1);
      counted += rows;
      state.threshold(silence.threshold());
      double variance = TrainStep.squares(target.sub(target.mean(0))) / rows;
      return new StepFigures(
          outcome.loss(),
          outcome.squaredError(),
          outcome.terms().getOrDefault("dead", outcome.terms().getOrDefault("gate", 0.0)),
          penalty(design, outcome),
          outcome.squaredError() / variance,
          outcome.active(),
          Math.toIntExact(outcome.dead()),
          rate,
          outcome.gradientNorm(),
          Optional.empty(),
          new StepFigures.Times(0, 0, 0, System.nanoTime() - begin, 0));
    }
  }

  /** A batch's own loss needs all of it at once. */
  private int chunks(int rows) {
    return designs.ofTheBatch() || downstream.isPresent()
        ? 1
        : (int) Math.clamp(Math.ceilDiv((long) rows * options.latents(), MOST_CODES), 1, rows);
  }

  private static double penalty(Design design, StepOutcome outcome) {
    List<WeightedPenalty> penalties = design.penalties();
    double sum = 0;
    for (int i = 0; i < penalties.size(); i++) {
      sum += penalties.get(i).weight() * outcome.terms().getOrDefault("penalty_" + i, 0.0);
    }
    return sum;
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
