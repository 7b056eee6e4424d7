package org.sememe.training;

/**
 * What the options come to once the width is known: the automatic values, worked out.
 *
 * @param width d
 * @param learningRate at its height. Automatic: {@code 2e-4 / sqrt(F / 2^14)}, the rule of two
 *     public libraries after Gao et al. 2024 (the optimum falls about as one over the root of F),
 *     times {@code sqrt(10,000 / steps)} for shorter runs, at most {@value #MOST_HASTE}: that rule
 *     was found on long ones, and a short run at it ends far from where it could be
 * @param schedule its course
 * @param deadTokens rows without firing after which a latent is dead
 * @param auxK dead latents a row that AuxK may use
 * @param thresholdStart step after which the inference threshold is tracked
 * @param nesting the reconstructions that the loss is made of
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
    Nesting nesting,
    boolean screened) {

  private static final long PATIENT_STEPS = 10_000;
  private static final double MOST_HASTE = 5;
  private static final int SCREENED_LATENTS = 4_096;
  private static final int SCREENED_SPARSITY = 64;

  static TrainPlan of(TrainOptions options, int width) {
    long steps = Math.ceilDiv(options.tokens(), (long) options.batch());
    double haste = Math.clamp(Math.sqrt((double) PATIENT_STEPS / steps), 1, MOST_HASTE);
    return new TrainPlan(
        width,
        options.lr().orElse(haste * 2e-4 / Math.sqrt(options.latents() / 16384.0)),
        new Schedule(
            steps,
            options.warmupSteps().orElse(Math.min(1000, steps / 20)),
            options.decaySteps().orElse(steps / 5)),
        options.deadTokens().orElse(Math.clamp(options.tokens() / 10, 1, 10_000_000)),
        options.auxK().orElse(Math.max(1, width / 2)),
        options.thresholdStart().orElse(Math.min(1000, steps / 5)),
        nesting(options),
        switch (options.screening()) {
          case AUTO ->
              options.latents() >= SCREENED_LATENTS
                  && options.latents() >= (long) SCREENED_SPARSITY * options.k();
          case INT8 -> true;
          case OFF -> false;
        });
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
