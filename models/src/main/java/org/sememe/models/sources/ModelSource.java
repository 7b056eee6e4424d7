package org.sememe.models.sources;

import java.io.IOException;
import java.nio.file.Path;

/** From a model's name to its file on this machine. */
public final class ModelSource {
  private ModelSource() {}

  /** Hears how a download goes: {@code total} is -1 where it is not known. */
  @FunctionalInterface
  public interface Progress {
    void progress(String what, long done, long total);
  }

  /**
   * The file or folder of a model: a path as it is; a name of the catalogue from the cache, else
   * fetched from its sources in turn, verified by SHA-256 and put into the cache whole.
   *
   * @throws IOException if no source gave it, saying what each answered
   * @throws IllegalArgumentException if the spec is neither; the message lists the catalogue
   */
  public static Path open(String spec, Progress progress) throws IOException {
    throw new UnsupportedOperationException(spec);
  }
}
