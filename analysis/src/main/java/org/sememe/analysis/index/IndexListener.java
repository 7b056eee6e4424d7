package org.sememe.analysis.index;

/** Told how far an index is, on the building thread. */
@FunctionalInterface
public interface IndexListener {
  /** The parts of the work, in their order. */
  enum Stage {
    /** Finding the rows and their contexts. */
    TEXT,
    /** Encoding the rows and sorting the activations by latent. */
    ENCODE,
    /** Nearest decoder directions, and tokens that are raised and lowered. */
    RELATIONS,
    /** Statistics and examples of every latent, into the file. */
    WRITE
  }

  /** So many of {@code total} rows and latents are done. */
  void progress(long done, long total);

  /** A part begins; the one before it is done. */
  default void begins(Stage stage) {}

  /** Tells nobody. */
  static IndexListener none() {
    return (done, total) -> {};
  }
}
