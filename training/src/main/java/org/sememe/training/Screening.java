package org.sememe.training;

/** Whether the encoder's whole product is done, or a cheaper one that screens the latents first. */
public enum Screening {
  /** Screened where that is faster and as good: see {@link TrainPlan#screened}. */
  AUTO,
  /**
   * Screened by an int8 product, whatever the size ({@link org.sememe.sae.ScreenedTopK}), where the
   * CPU has one ({@link org.sememe.tensors.Int8Product}).
   */
  INT8,
  /** The whole product in fp32. */
  OFF
}
