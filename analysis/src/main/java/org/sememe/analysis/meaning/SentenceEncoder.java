package org.sememe.analysis.meaning;

import java.util.List;

/** Turns texts into vectors that are near each other where the texts mean the like. */
public interface SentenceEncoder {
  /** By which it can be opened again. */
  String name();

  /** Of its weights: only vectors of the same ones can be compared. */
  String sha256();

  /**
   * A vector for each text, all of one width; their length does not matter.
   *
   * @param texts at least one
   */
  float[][] embeddings(List<String> texts);
}
