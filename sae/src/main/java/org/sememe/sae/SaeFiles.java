package org.sememe.sae;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Dictionaries on disk: SAELens's layout, {@code cfg.json} beside {@code sae_weights.safetensors}.
 */
public final class SaeFiles {
  private SaeFiles() {}

  /**
   * Reads a dictionary; the caller closes it.
   *
   * @param folder the folder of both files
   * @throws org.sememe.tensors.FormatException if a file is damaged or of a kind not known
   */
  public static Sae load(Path folder) throws IOException {
    throw new UnsupportedOperationException();
  }

  /** Writes a dictionary, each file whole or not at all. SAELens opens the folder as it is. */
  public static void save(Sae folded, Path folder) throws IOException {
    throw new UnsupportedOperationException();
  }
}
