package org.sememe.sae.design;

/**
 * Ghost gradients (Jermyn and Templeton, January 2024): the dead latents, on by an exponential,
 * point at the error e that the dictionary left, which is held constant. For each row, with D the
 * dead latents,
 *
 * <pre>
 * g = sum_{j in D} exp(p_j) W_dec[j];   g' = s g, s = |e| / (2 |g|);   loss = r mean |e - g'|^2
 * </pre>
 *
 * with s and {@code r = (mean |e|^2) / (mean |e - g'|^2)} held constant: the term is as large as
 * the dictionary's error, measured as the design measures it. (SAELens, while it had them, took an
 * r for each value.) 0 where nothing is dead or no error is left.
 *
 * @param weight at least 0; 1 as published
 * @param sparesFired whether a latent that fires in this batch is not dead
 */
public record GhostGradients(double weight, boolean sparesFired) implements Revival {
  public GhostGradients {
    if (!(weight >= 0)) {
      throw new IllegalArgumentException("weight " + weight + ", need at least 0");
    }
  }
}
