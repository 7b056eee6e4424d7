package org.sememe.training;

import org.sememe.training.optimiser.LearningRate;
import org.sememe.training.optimiser.OptimiserChoice;

/**
 * How weights follow their gradients; Adam's own numbers are {@link TrainOptions}'.
 *
 * @param optimiser which. Default adam
 * @param momentum of signum and muon. Default 0.95
 * @param weightDecay of muon's matrices: they shrink by so much times the learning rate at each
 *     step. Default 0.1
 * @param average decay of a moving average of the weights, which is what the dictionary is then
 *     made of; 0 makes it of the last weights. Default 0
 */
public record Optimisation(Kind optimiser, double momentum, double weightDecay, double average)
    implements OptionGroup {
  /** An optimiser's name. */
  public enum Kind {
    /** {@link OptimiserChoice.Adam}. */
    ADAM,
    /** {@link OptimiserChoice.Signum}, sign descent with schedule-free averaging. */
    SIGNUM,
    /** {@link OptimiserChoice.Muon} for matrices, Adam for vectors. */
    MUON
  }

  private static final double MUON_RATE = 2e-3;

  public Optimisation {
    TrainOptions.require(momentum > 0 && momentum < 1, "momentum", "above 0 and below 1");
    TrainOptions.require(weightDecay >= 0, "weight-decay", "0 or above");
    TrainOptions.require(average >= 0 && average < 1, "average", "from 0 (off) to below 1");
  }

  /** Adam, and the last weights. */
  public static Optimisation adam() {
    OptimiserChoice.Muon muon = OptimiserChoice.Muon.usual();
    return new Optimisation(Kind.ADAM, muon.momentum(), muon.weightDecay(), 0);
  }

  /** The optimiser with its constants. */
  OptimiserChoice choice(OptimiserChoice.Adam adam) {
    OptimiserChoice.Muon muon = OptimiserChoice.Muon.usual();
    return switch (optimiser) {
      case ADAM -> adam;
      case SIGNUM -> new OptimiserChoice.Signum(momentum);
      case MUON ->
          new OptimiserChoice.Muon(momentum, weightDecay, muon.scale(), muon.rounds(), adam);
    };
  }

  /**
   * The automatic learning rate at its height: Adam's and sign descent's fall with the root of F
   * (Gao et al. 2024; sparsify), Muon's is sparsify's.
   *
   * @param haste by how much Adam's is raised for a short run
   */
  double rate(int latents, double haste) {
    return switch (optimiser) {
      case ADAM -> haste * LearningRate.forAdam(latents);
      case SIGNUM -> LearningRate.forSignum(latents);
      case MUON -> MUON_RATE;
    };
  }
}
