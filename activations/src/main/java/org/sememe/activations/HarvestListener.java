package org.sememe.activations;

/** Told about a harvest's progress after every batch, on the harvesting thread. */
@FunctionalInterface
public interface HarvestListener {
  /** Called after a batch. */
  void progress(HarvestProgress progress);

  /** Tells nobody. */
  static HarvestListener none() {
    return progress -> {};
  }
}
