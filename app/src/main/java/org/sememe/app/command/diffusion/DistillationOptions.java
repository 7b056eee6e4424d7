package org.sememe.app.command.diffusion;

import java.nio.file.Path;
import org.sememe.diffusion.distillation.ConvolutionHead;
import org.sememe.diffusion.distillation.DistillationStep;
import org.sememe.diffusion.student.DistillationPlan;
import org.sememe.diffusion.student.LogitNormal;
import org.sememe.diffusion.student.WeightingChoice;
import picocli.CommandLine.Option;

/** From what and how a student is trained. */
final class DistillationOptions {
  @Option(
      names = "--teacher",
      paramLabel = "DIR",
      required = true,
      description = "A run of sememe diffusion train.")
  private Path teacher;

  @Option(
      names = "--features",
      paramLabel = "DIR",
      required = true,
      description =
          "What the heads see through: a run of sememe diffusion features, or the teacher's own run"
              + " (Latent Adversarial Diffusion Distillation): they then see what it makes of the"
              + " pictures with noise on them.")
  private Path features;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Steps of training (default: ${DEFAULT-VALUE}).")
  private long steps;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "32",
      description = "Pictures a step (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--lr",
      paramLabel = "R",
      defaultValue = "3e-4",
      description = "The student's learning rate (default: ${DEFAULT-VALUE}).")
  private double studentRate;

  @Option(
      names = "--head-lr",
      paramLabel = "R",
      defaultValue = "1e-2",
      description = "The heads' learning rate (default: ${DEFAULT-VALUE}).")
  private double headRate;

  @Option(
      names = "--adversarial-weight",
      paramLabel = "W",
      defaultValue = "1",
      description =
          "Of the adversarial loss; 0 for distillation alone (default: ${DEFAULT-VALUE}).")
  private double adversarialWeight;

  @Option(
      names = "--teacher-weight",
      paramLabel = "W",
      defaultValue = "2.5",
      description =
          "Lambda, of the distillation loss, a mean over pixels and channels; 0 for the adversarial"
              + " loss alone (default: ${DEFAULT-VALUE}).")
  private double teacherWeight;

  @Option(
      names = "--penalty-weight",
      paramLabel = "W",
      defaultValue = "1e-5",
      description = "Gamma, of R1 on the heads' inputs (default: ${DEFAULT-VALUE}).")
  private double penaltyWeight;

  @Option(
      names = "--weighting",
      paramLabel = "NAME",
      defaultValue = "exponential",
      description =
          "Of the distillation loss by noise level: ${COMPLETION-CANDIDATES} (default:"
              + " ${DEFAULT-VALUE}).")
  private WeightingChoice weighting;

  @Option(
      names = "--teacher-steps",
      paramLabel = "N",
      defaultValue = "1",
      description = "Steps of the teacher to its target (default: ${DEFAULT-VALUE}).")
  private int teacherSteps;

  @Option(
      names = "--pure-noise",
      paramLabel = "SHARE",
      defaultValue = "0.5",
      description =
          "Share of pictures that the student draws from pure noise, not from one of its three other"
              + " timesteps (default: ${DEFAULT-VALUE}).")
  private double pureNoise;

  @Option(
      names = "--warm-up",
      paramLabel = "STEPS",
      defaultValue = "0",
      description =
          "Steps at the beginning that draw from the two least noisy timesteps alone (default:"
              + " ${DEFAULT-VALUE}).")
  private long warmUp;

  @Option(
      names = "--noise-mean",
      paramLabel = "X",
      defaultValue = "1",
      description =
          "Where the teacher's noise levels lie when heads see through it: 0 for half of the"
              + " timesteps on either side, above for more noise (default: ${DEFAULT-VALUE}).")
  private double noiseMean;

  @Option(
      names = "--noise-deviation",
      paramLabel = "X",
      defaultValue = "1",
      description = "How far they lie apart (default: ${DEFAULT-VALUE}).")
  private double noiseDeviation;

  @Option(
      names = "--head-channels",
      paramLabel = "N",
      defaultValue = "32",
      description = "Channels inside a head (default: ${DEFAULT-VALUE}).")
  private int hidden;

  @Option(
      names = "--condition",
      paramLabel = "WHAT",
      defaultValue = "both",
      description =
          "What heads are told: ${COMPLETION-CANDIDATES}: the class or caption, the real picture's embedding"
              + " (default: ${DEFAULT-VALUE}).")
  private Told told;

  private enum Told {
    NONE,
    LABEL,
    IMAGE,
    BOTH
  }

  @Option(
      names = "--image-at-pure-noise",
      description =
          "Tell heads the real picture's embedding also where the student draws from pure noise,"
              + " which knows nothing of it.")
  private boolean imageAtPureNoise;

  @Option(
      names = "--head-together",
      paramLabel = "N",
      defaultValue = "4",
      description =
          "Pictures of one timestep (and class, where there are classes) that a head's batch norms see together; 0 for heads"
              + " without (default: ${DEFAULT-VALUE}).")
  private int together;

  @Option(
      names = "--head-spectral",
      description = "Norm the heads' convolutions by their largest singular values.")
  private boolean spectral;

  @Option(
      names = "--augmentation",
      negatable = true,
      description =
          "Show the heads moved and cut pictures; with thousands of pictures and few steps that"
              + " hides more than it protects (default: as they are).")
  private boolean augmented;

  @Option(names = "--random-start", description = "Begin at random, not as the teacher's copy.")
  private boolean random;

  @Option(
      names = "--averaging",
      paramLabel = "D",
      defaultValue = "0.995",
      description = "Decay of the average of weights that is saved (default: ${DEFAULT-VALUE}).")
  private double averaging;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "The same seed trains the same student (default: ${DEFAULT-VALUE}).")
  private long seed;

  Path teacher() {
    return teacher;
  }

  Path features() {
    return features;
  }

  /** The plan; throws IllegalArgumentException where a value is wrong. */
  DistillationPlan plan() {
    return new DistillationPlan(
        steps,
        batch,
        new DistillationStep.Constants(
            adversarialWeight, teacherWeight, penaltyWeight, headRate, studentRate),
        weighting,
        teacherSteps,
        new DistillationPlan.Starts(pureNoise, warmUp),
        new DistillationPlan.Heads(
            hidden,
            told == Told.LABEL || told == Told.BOTH,
            told == Told.IMAGE || told == Told.BOTH,
            imageAtPureNoise,
            augmented,
            new ConvolutionHead.Norms(spectral, together),
            new LogitNormal(noiseMean, noiseDeviation)),
        !random,
        averaging,
        seed);
  }
}
