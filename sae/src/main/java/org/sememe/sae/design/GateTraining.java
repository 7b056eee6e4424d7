package org.sememe.sae.design;

/**
 * How a gated dictionary's gate learns: penalties see {@code g = max(pi, 0)}, and {@code |x - (g
 * W_dec + b_dec)|^2} is added to the loss.
 *
 * @param decoderConstant whether W_dec and b_dec are held constant there (Rajamanoharan et al.
 *     2024a); in SAELens they are not
 * @param plainInput whether these terms see the gate of x itself where the design normalises x
 *     (SAELens)
 */
public record GateTraining(boolean decoderConstant, boolean plainInput) {
  /** As published. */
  public static GateTraining published() {
    return new GateTraining(true, false);
  }
}
