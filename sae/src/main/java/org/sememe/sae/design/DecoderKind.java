package org.sememe.sae.design;

/** What the decoder's rows may be. */
public sealed interface DecoderKind {

  /** Any: {@code W_dec} is trained. */
  record Free() implements DecoderKind {}

  /**
   * Relaxed archetypal (Fel et al. 2025, arXiv 2502.12892, equation 4): rows are convex
   * combinations of given points C, but for a little, times one positive number:
   *
   * <pre>
   * W_dec = exp(log_scale) (W_mix C + relaxation)
   * </pre>
   *
   * W_mix {@code [F, points]} has rows of numbers of at least 0 that sum to 1, and relaxation
   * {@code [F, d]} rows of norm at most {@link #slack}. Gradients pass as if both were free; what
   * trains them brings both back before each loss, as the authors' code does.
   *
   * @param slack delta, at least 0; 0 keeps rows in the hull
   */
  record Archetypal(double slack) implements DecoderKind {
    public Archetypal {
      if (!(slack >= 0) || !Double.isFinite(slack)) {
        throw new IllegalArgumentException("slack is " + slack + ", need at least 0");
      }
    }
  }
}
