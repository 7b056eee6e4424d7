package org.sememe.models.sources;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

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

  /** The names of the catalogue. */
  public static List<String> names() {
    return Catalogue.standard().names();
  }

  /** The file of a name of the catalogue, where it has been fetched before; nothing is fetched. */
  public static Optional<Path> cached(String name) {
    return Catalogue.standard().entry(name).flatMap(cache()::cached);
  }

  private static ModelCache cache() {
    return ModelCache.of(System.getenv(), Path.of(System.getProperty("user.home")));
  }
}
