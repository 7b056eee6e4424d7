package org.sememe.diffusion.distillation;

/** How the teacher's word counts at each noise level: c(t) of the paper's equation 4. */
public sealed interface Weighting {
  /** {@code c = alpha_t}: noisier levels count less. The paper's default in its ablations. */
  record Exponential() implements Weighting {}

  /**
   * {@code c = sigma_t^2 alpha_t / (2 sigma_t)}: the loss has the gradient of score distillation
   * sampling (Poole et al. 2022), {@code sigma_t^2 (eps_teacher - eps)}.
   */
  record ScoreDistillation() implements Weighting {}

  /**
   * Noise-free score distillation in the form of Katzir et al. 2023 (arXiv 2310.17590): the
   * gradient is {@code sigma_t^2 (delta_D + guidance delta_C)}. What exactly the paper's authors
   * used is not said.
   *
   * @param noLabel the label that stands for none
   * @param negativeLabel the label of bad pictures
   * @param clean timesteps below this one trust the teacher without label; later ones subtract what
   *     it says of bad pictures
   * @param guidance the factor of what the label changes
   */
  record NoiseFree(int noLabel, int negativeLabel, int clean, double guidance)
      implements Weighting {}
}
