package org.sememe.sae.formats;

import java.io.IOException;
import org.sememe.sae.dictionary.Dictionary;

/** How one library or release writes its dictionaries. Stateless, thread-safe. */
interface Format {
  /** Whether a file is of this kind, by its names and those beside it. */
  boolean recognises(Checkpoint checkpoint) throws IOException;

  /**
   * Reads it; the caller closes the dictionary.
   *
   * @throws org.sememe.tensors.FormatException if the files are damaged or contradict one another
   * @throws MissingFactException if an option must say what they do not
   */
  Dictionary read(Checkpoint checkpoint, LoadOptions options) throws IOException;
}
