package org.sememe.training;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.sememe.kernels.DecoderNorm;
import org.sememe.kernels.DecoderRows;
import org.sememe.kernels.Workers;
import org.sememe.sae.design.Penalty;
import org.sememe.training.optimiser.PowerAnnealing;

/**
 * What both passes of {@link ThresholdLoss} share: the rule, the penalty, the sums, and the errors
 * of the reconstructions {@code [rows, d]}, with those of Gated's auxiliary one after them. Owns
 * its memory.
 */
final class ThresholdTerms implements AutoCloseable {
  final TrainState state;
  final Workers workers;
  final Firings firings;
  final LatentRule rule;
  final int rows;
  final int width;
  final int latents;
  final LatentSums sums;
  final MemorySegment errors;
  final float[] errorNorms;
  private final Penalty penalty;
  private final Optional<Annealing> annealing;
  private final double[] nextPrices;
  private double factor = 1;
  private PenaltyTerm term;
  private Optional<PenaltyTerm> nextTerm = Optional.empty();
  private final float[] decoderNorms;
  private final int pullSum;
  private final Arena arena = Arena.ofShared();

  /** The terms of a run; {@code workers} stay the caller's. */
  ThresholdTerms(
      TrainState state, TrainOptions options, TrainPlan plan, Firings firings, Workers workers) {
    this.state = state;
    this.workers = workers;
    this.firings = firings;
    this.rows = options.batch();
    this.width = state.width();
    this.latents = state.latents();
    MemorySegment limits = arena.allocate(ValueLayout.JAVA_FLOAT, latents);
    this.rule =
        switch (options.architecture()) {
          case JUMPRELU -> new JumpReluRule(state, options, limits);
          case GATED -> new GatedRule(state, limits);
          case RELU -> new ReluRule(limits);
          case TOPK, BATCHTOPK, ABSTOPK, GROUPMAX, MATCHING_PURSUIT, OMP, OWN ->
              throw new IllegalArgumentException(options + " has no hand-made gradient");
        };
    this.penalty = plan.penalty().orElseThrow();
    boolean free = options.decoderNorm() == DecoderNorm.FREE;
    this.decoderNorms = new float[free ? latents : 0];
    this.term = new PenaltyTerm(penalty, decoderNorms);
    this.annealing =
        plan.annealing().map(course -> new Annealing(course, penalty, plan.penaltyWeight(), state));
    this.nextPrices = new double[workers.threads()];
    this.pullSum = rule.vectors().size();
    this.sums = new LatentSums(pullSum + 1, latents, workers.threads(), arena);
    int all = rule.gated() ? 2 * rows : rows;
    this.errors = arena.allocate((long) all * width * Float.BYTES, TrainStep.ALIGNMENT);
    this.errorNorms = new float[all];
  }

  /** Takes in the parameters. */
  void begin() {
    rule.begin();
    sums.clear();
    Arrays.fill(nextPrices, 0);
    annealing.ifPresent(this::take);
    MemorySegment decoder = state.memory(TrainState.W_DEC);
    workers.split(
        decoderNorms.length,
        (from, to) -> {
          for (int latent = from; latent < to; latent++) {
            long at = (long) latent * width * Float.BYTES;
            decoderNorms[latent] = (float) Math.sqrt(DecoderRows.squaredNorm(decoder, at, width));
          }
        });
  }

  private void take(Annealing annealed) {
    PowerAnnealing.Stand stand = annealed.stand();
    factor = annealed.factor();
    term = new PenaltyTerm(annealed.penalty(stand.p()), decoderNorms);
    nextTerm =
        stand.next().isPresent()
            ? Optional.of(
                new PenaltyTerm(annealed.penalty(stand.next().getAsDouble()), decoderNorms))
            : Optional.empty();
  }

  /** The factor of the squared error's mean. */
  float scale() {
    return -2f / rows;
  }

  /** Whether the penalty's gradient needs to know how many latents are active in the batch. */
  boolean countsFirst() {
    return penalty instanceof Penalty.TargetL0;
  }

  /** The loss's gradient at each {@code 1[active]}, for so many active over the batch. */
  double countSlope(double coefficient, long active) {
    return switch (penalty) {
      case Penalty.L0() -> coefficient / rows;
      case Penalty.TargetL0(double target) ->
          coefficient * 2 * ((double) active / rows / target - 1) / target / rows;
      default -> 0;
    };
  }

  /** The batch's penalty from what its rows say together. */
  double penalty(double rowSum, long active) {
    if (penalty instanceof Penalty.TargetL0(double target)) {
      double excess = (double) active / rows / target - 1;
      return excess * excess;
    }
    return factor * rowSum / rows;
  }

  /** Brings an annealed power forward by the batch, once all of it was told. */
  void anneal(double rowSum) {
    double next = Arrays.stream(nextPrices).sum() / rows;
    annealing.ifPresent(annealed -> annealed.after(state.step(), rowSum / rows, next));
  }

  /** Activates a row and adds what fires to the count. */
  void activate(CodeRow row, LongAdder active) {
    rule.activate(row);
    long count = 0;
    for (int i = 0; i < row.count(); i++) {
      if (row.value(i) != 0) {
        count++;
      }
    }
    active.add(count);
  }

  /**
   * Marks what fires, adds the penalty's gradients to the slopes and takes them on to the
   * pre-activations: once a row, where a row may be activated twice.
   */
  double differentiate(CodeRow row, double coefficient, double countSlope, int part) {
    for (int i = 0; i < row.count(); i++) {
      if (row.value(i) != 0) {
        firings.mark(part, row.latent(i));
      }
    }
    double[][] mine = sums.part(part);
    nextTerm.ifPresent(next -> nextPrices[part] += next.power(row));
    double value = term.add(row, factor * coefficient / rows, mine[pullSum]);
    rule.differentiate(row, countSlope, mine);
    return value;
  }

  /** The gradients at the decoder's norms, {@code [latents]}. */
  MemorySegment pull() {
    return sums.total(pullSum);
  }

  /** The mean squared error of the reconstruction, or of the auxiliary one after it. */
  double squaredError(boolean auxiliary) {
    double sum = 0;
    int first = auxiliary ? rows : 0;
    for (int row = first; row < first + rows; row++) {
      sum += (double) errorNorms[row] * errorNorms[row];
    }
    return sum / rows;
  }

  long at(int row) {
    return (long) row * width * Float.BYTES;
  }

  @Override
  public void close() {
    arena.close();
  }
}
