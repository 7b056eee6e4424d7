package org.sememe.training.scaling;

/**
 * One trained dictionary, as a scaling law sees it.
 *
 * @param name of the run
 * @param latents n
 * @param sparsity k, active latents a token as measured
 * @param tokens rows trained on, repeats counted
 * @param compute C in FLOP, see {@link #denseCompute}
 * @param loss held-out fraction of variance unexplained, above 0
 */
public record ScalingPoint(
    String name, long latents, double sparsity, long tokens, double compute, double loss) {

  /** Checks that logarithms can be taken. */
  public ScalingPoint {
    if (!(latents > 0 && sparsity > 0 && tokens > 0 && compute > 0 && loss > 0)
        || !Double.isFinite(loss)) {
      throw new IllegalArgumentException(
          name + ": latents, sparsity, tokens, compute and loss must be positive");
    }
  }

  /**
   * The compute of dense training, {@code 12 n d} FLOP a token: encoder and decoder, each forward
   * and its two backward products, two FLOP a multiplication. Sparse training costs less; the dense
   * figure is what papers count, and it is the same for every machine.
   */
  public static double denseCompute(long tokens, long latents, int width) {
    return 12.0 * tokens * latents * width;
  }
}
