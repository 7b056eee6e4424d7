package org.sememe.training;

import java.util.Optional;
import org.sememe.sae.design.Penalty;
import org.sememe.training.optimiser.PowerAnnealing;

/** Plans with what no option says. */
final class Plans {
  private Plans() {}

  static TrainPlan nested(TrainPlan plan, Nesting nesting) {
    return new TrainPlan(
        plan.width(),
        plan.learningRate(),
        plan.schedule(),
        plan.deadTokens(),
        plan.auxK(),
        plan.thresholdStart(),
        plan.thresholdBeta(),
        nesting,
        plan.penalty(),
        plan.penaltyWeight(),
        plan.penaltyWarmup(),
        plan.annealing(),
        plan.resampling(),
        plan.falling(),
        plan.screened());
  }

  /** The same rate and penalty in every step. */
  static TrainPlan constant(TrainPlan plan, double rate, Penalty penalty, double weight) {
    return new TrainPlan(
        plan.width(),
        rate,
        new Schedule(plan.schedule().steps(), 0, 0),
        plan.deadTokens(),
        plan.auxK(),
        plan.thresholdStart(),
        plan.thresholdBeta(),
        plan.nesting(),
        Optional.of(penalty),
        weight,
        0,
        plan.annealing(),
        plan.resampling(),
        plan.falling(),
        plan.screened());
  }

  /** At a rate of its own in every step, and with an annealing of its own. */
  static TrainPlan annealed(TrainPlan plan, double rate, PowerAnnealing annealing) {
    return new TrainPlan(
        plan.width(),
        rate,
        new Schedule(plan.schedule().steps(), 0, 0),
        plan.deadTokens(),
        plan.auxK(),
        plan.thresholdStart(),
        plan.thresholdBeta(),
        plan.nesting(),
        plan.penalty(),
        plan.penaltyWeight(),
        plan.penaltyWarmup(),
        Optional.of(annealing),
        plan.resampling(),
        plan.falling(),
        plan.screened());
  }
}
