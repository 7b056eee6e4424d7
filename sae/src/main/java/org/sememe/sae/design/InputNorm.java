package org.sememe.sae.design;

/**
 * What is done to each row before it is encoded. The reconstruction is brought back by the inverse,
 * so that the loss is in the space of x and gradients pass through the way back.
 */
public enum InputNorm {
  /** Rows as they are. */
  NONE,
  /**
   * {@code (x - mean) / (s + 1e-5)} with s the deviation over d - 1; the way back is {@code y s +
   * mean}, without the 1e-5 (SAELens, OpenAI).
   */
  LAYER_NORM,
  /** {@code x sqrt(d) / |x|} and back (SAELens). */
  CONSTANT_NORM
}
