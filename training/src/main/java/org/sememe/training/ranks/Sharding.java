package org.sememe.training.ranks;

/** What is dealt out over the ranks of a job. */
public enum Sharding {
  /** The rows of a batch: every rank has the whole dictionary. Data parallel. */
  ROWS,
  /**
   * The rows of a batch, and the optimiser's state with the update: every rank has all weights, and
   * the moments of a range of the latents. ZeRO's first stage (Rajbhandari et al. 2020).
   */
  ZERO1,
  /** The latents, and with them the optimiser's state: every rank sees the whole batch. */
  LATENTS
}
