package org.sememe.training;

/**
 * How often latents fire: a histogram of {@code log10} of their densities (shares of rows on which
 * they are active). Density 1 falls in the last bin, a density under 1e-6 in the first.
 *
 * @param rows how many rows were counted
 * @param silent latents that were active on none of them, which are in no bin
 * @param counts latents by bin; bin i begins at {@code LOWEST + i / PER_DECADE} and is as wide as
 *     {@code 1 / PER_DECADE}
 */
public record DensityHistogram(long rows, int silent, int[] counts) {
  /** Where the first bin begins, as a power of ten. */
  public static final int LOWEST = -6;

  /** Bins in a factor of ten. */
  public static final int PER_DECADE = 4;

  /**
   * That of latents that were active on so many rows each.
   *
   * @param firings by latent, 0 to {@code rows}
   */
  static DensityHistogram of(long[] firings, long rows) {
    int[] counts = new int[-LOWEST * PER_DECADE];
    int silent = 0;
    for (long active : firings) {
      if (active == 0) {
        silent++;
      } else {
        double bin = (Math.log10((double) active / rows) - LOWEST) * PER_DECADE;
        counts[(int) Math.clamp(Math.floor(bin), 0, counts.length - 1)]++;
      }
    }
    return new DensityHistogram(rows, silent, counts);
  }
}
