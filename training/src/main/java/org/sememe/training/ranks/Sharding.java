package org.sememe.training.ranks;

/** What is dealt out over the ranks of a job. */
public enum Sharding {
  /** The rows of a batch: every rank has the whole dictionary. Data parallel. */
  ROWS,
  /** The latents, and with them the optimiser's state: every rank sees the whole batch. */
  LATENTS
}
