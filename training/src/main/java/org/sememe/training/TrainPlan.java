package org.sememe.training;

import java.util.Optional;
import org.sememe.sae.design.Penalty;
import org.sememe.training.optimiser.ActiveCourse;
import org.sememe.training.optimiser.PowerAnnealing;
import org.sememe.training.optimiser.WarmUp;

/**
 * What the options come to once the width is known: the automatic values, worked out.
 *
 * @param width d
 * @param learningRate at its height. Automatic: {@link Optimisation#rate}. Adam's is {@code 2e-4 /
 *     sqrt(F / 2^14)}, the rule of two public libraries after Gao et al. 2024 (the optimum falls
 *     about as one over the root of F), times {@code sqrt(10,000 / steps)} for shorter runs, at
 *     most {@value #MOST_HASTE}: that rule was found on long ones, and a short run at it ends far
 *     from where it could be
 * @param schedule its course
 * @param deadTokens rows without firing after which a latent is dead
 * @param auxK dead latents a row that AuxK may use
 * @param thresholdStart step after which the inference threshold is tracked
 * @param thresholdBeta share of the old threshold that a step keeps
 * @param nesting the reconstructions that the loss is made of
 * @param penalty what makes a dictionary sparse whose latents are not selected
 * @param penaltyWeight its weight at its height
 * @param penaltyWarmup steps over which that rises from 0
 * @param annealing how the penalty's power falls
 * @param resampling when dead latents get a new start
 * @param falling how k falls
 * @param screened whether latents are screened where the machine can. Automatic: with at least
 *     {@value #SCREENED_LATENTS} latents and {@value #SCREENED_SPARSITY} times k, where it was
 *     measured to be faster
 */
public record TrainPlan(
    int width,
    double learningRate,
    Schedule schedule,
    long deadTokens,
    int auxK,
    long thresholdStart,
    double thresholdBeta,
    Nesting nesting,
    Optional<Penalty> penalty,
    double penaltyWeight,
    long penaltyWarmup,
    Optional<PowerAnnealing> annealing,
    Optional<ResampleSchedule> resampling,
    Optional<ActiveCourse> falling,
    boolean screened) {

  /** The automatic weight of L1. */
  static final double L1_WEIGHT = 0.1;

  /** Batches whose penalties tell what a power's change does, as in dictionary_learning. */
  static final int ANNEALING_BATCHES = 10;

  private static final long PATIENT_STEPS = 10_000;
  private static final double AVERAGED_SHARE = 20;
  private static final double MOST_AVERAGED = 1000;
  private static final double MOST_HASTE = 5;
  private static final int SCREENED_LATENTS = 4_096;
  private static final int SCREENED_SPARSITY = 64;

  static TrainPlan of(TrainOptions options, int width) {
    long steps = Math.ceilDiv(options.tokens(), (long) options.batch());
    double haste = Math.clamp(Math.sqrt((double) PATIENT_STEPS / steps), 1, MOST_HASTE);
    Schedule schedule =
        new Schedule(
            steps,
            options.warmupSteps().orElse(Math.min(1000, steps / 20)),
            options
                .decaySteps()
                .orElse(options.lrCourse() == Schedule.Between.CONSTANT ? steps / 5 : 0),
            options.lrCourse());
    Optional<Penalty> penalty = options.penalty().or(() -> penalty(options));
    return new TrainPlan(
        width,
        options.lr().orElseGet(() -> options.optimisation().rate(options.latents(), haste)),
        schedule,
        options.deadTokens().orElse(Math.clamp(options.tokens() / 10, 1, 10_000_000)),
        options.auxK().orElse(Math.max(1, width / 2)),
        options.thresholdStart().orElse(Math.min(1000, steps / 5)),
        options
            .thresholdBeta()
            .orElse(1 - 1 / Math.clamp(steps / AVERAGED_SHARE, 1, MOST_AVERAGED)),
        nesting(options),
        penalty,
        options
            .penaltyWeight()
            .orElse(penalty.filter(Penalty.L1.class::isInstance).isPresent() ? L1_WEIGHT : 1),
        options.penaltyWarmup().orElse(steps / 20),
        options.pEnd() == 0 ? Optional.empty() : Optional.of(annealing(options, schedule)),
        options.resampleEvery() == 0
            ? Optional.empty()
            : Optional.of(
                new ResampleSchedule(
                    options.resampleEvery(),
                    options.resampleTimes(),
                    options.resampleWarmup().orElse(schedule.warmupSteps()),
                    options.resampleFloor())),
        options.kStart().isEmpty()
            ? Optional.empty()
            : Optional.of(
                new ActiveCourse(
                    options.kStart().getAsInt(),
                    options.k(),
                    options.kSteps().orElse(steps / 10),
                    0)),
        switch (options.screening()) {
          case AUTO ->
              options.fused()
                  && options.architecture().selects()
                  && options.latents() >= SCREENED_LATENTS
                  && options.latents() >= (long) SCREENED_SPARSITY * options.k();
          case INT8 -> true;
          case OFF -> false;
        });
  }

  private static PowerAnnealing annealing(TrainOptions options, Schedule schedule) {
    long last = options.pLast().orElse(schedule.steps() - schedule.decaySteps());
    long first = options.pFirst().orElse(Math.min(last, schedule.steps() / 5));
    double start =
        options.penalty().orElseThrow() instanceof Penalty.PNorm(double p)
            ? p
            : ((Penalty.PowerSum) options.penalty().orElseThrow()).p();
    return new PowerAnnealing(
        start, options.pEnd(), first, last, options.pUpdates(), ANNEALING_BATCHES);
  }

  private static Optional<Penalty> penalty(TrainOptions options) {
    return switch (options.architecture()) {
      case TOPK, BATCHTOPK, ABSTOPK, GROUPMAX, MATCHING_PURSUIT, OMP, OWN -> Optional.empty();
      case RELU, GATED -> Optional.of(new Penalty.L1());
      case JUMPRELU -> Optional.of(new Penalty.TargetL0(options.k()));
    };
  }

  /** The learning rate at a step, counted from 0. */
  double rate(long step) {
    return learningRate
        * schedule.factor(step)
        * resampling.map(course -> course.factor(step)).orElse(1.0);
  }

  /** The penalty's weight at a step, counted from 0. */
  double penaltyWeight(long step) {
    return penaltyWeight * WarmUp.fromZero(penaltyWarmup).factor(step);
  }

  private static Nesting nesting(TrainOptions options) {
    if (options.multiTopK() > 0) {
      return Nesting.multiTopK(options.k(), options.multiTopK());
    }
    return options.matryoshka().fractions().isEmpty()
        ? Nesting.none()
        : Nesting.matryoshka(options.matryoshka().fractions(), options.latents());
  }
}
