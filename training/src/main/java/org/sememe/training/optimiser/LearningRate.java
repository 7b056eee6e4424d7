package org.sememe.training.optimiser;

/**
 * The rates of one update.
 *
 * @param matrices of tensors with two dimensions
 * @param vectors of the others
 */
public record LearningRate(double matrices, double vectors) {
  public LearningRate {
    if (!(matrices >= 0) || !(vectors >= 0)) {
      throw new IllegalArgumentException(
          "learning rates of %s and %s, need at least 0".formatted(matrices, vectors));
    }
  }

  /** One rate for all. */
  public static LearningRate of(double rate) {
    return new LearningRate(rate, rate);
  }

  /** That of a tensor with so many dimensions. */
  public double forDimensions(long dimensions) {
    return dimensions == 2 ? matrices : vectors;
  }

  /** {@code 2e-4 / sqrt(F / 2^14)}: Adam's for a dictionary of F latents (Gao et al. 2024). */
  public static double forAdam(int latents) {
    return byWidth(2e-4, latents);
  }

  /** {@code 5e-3 / sqrt(F / 2^14)}: sign descent's (sparsify). */
  public static double forSignum(int latents) {
    return byWidth(5e-3, latents);
  }

  private static double byWidth(double base, int latents) {
    if (latents < 1) {
      throw new IllegalArgumentException("a dictionary of " + latents + " latents, need 1");
    }
    return base / Math.sqrt(latents / 16384.0);
  }
}
