package org.sememe.analysis.index;

/** Told how far an index is, on the building thread. */
@FunctionalInterface
public interface IndexListener {
  /** So many of {@code total} rows and latents are done. */
  void progress(long done, long total);

  /** Tells nobody. */
  static IndexListener none() {
    return (done, total) -> {};
  }
}
