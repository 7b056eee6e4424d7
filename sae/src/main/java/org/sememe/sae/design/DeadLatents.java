package org.sememe.sae.design;

/**
 * AuxK (Gao et al. 2024, section A.2): the k strongest dead latents of each row reconstruct the
 * error e that the dictionary left, which is held constant, without b_dec, which the dictionary's
 * reconstruction has already:
 *
 * <pre>
 * weight * share * sum |e - sum_j z_j W_dec[j]|^2 / normalisation
 * </pre>
 *
 * 0 where that is not a number.
 *
 * @param weight at least 0
 * @param k latents a row, at least 1; all dead ones where there are fewer
 * @param strength by what they are chosen
 * @param normalisation of the squared error
 * @param shared whether share is {@code min(dead / k, 1)}, else 1
 * @param sparesFired whether a latent that fires in this batch is not dead
 * @param byLevel whether each level of the dictionary has a term of its own: that level's dead
 *     latents against the error of the prefix that ends with it (SAELens)
 */
public record DeadLatents(
    double weight,
    int k,
    Strength strength,
    Normalisation normalisation,
    boolean shared,
    boolean sparesFired,
    boolean byLevel)
    implements Revival {

  /** What makes a dead latent's pre-activation strong, and what is decoded of it. */
  public enum Strength {
    /** Its positive part. */
    POSITIVE,
    /** Its value, negative ones too. */
    SIGNED,
    /** Its magnitude; decoded with its sign. */
    MAGNITUDE
  }

  public DeadLatents {
    if (!(weight >= 0) || k < 1) {
      throw new IllegalArgumentException(
          "weight %s and k %d, need at least 0 and 1".formatted(weight, k));
    }
  }
}
