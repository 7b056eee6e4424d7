package org.sememe.app.inputs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.sememe.models.sources.ModelSource;
import org.sememe.sae.Sae;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.formats.LoadOptions;
import org.sememe.sae.releases.Releases;
import org.sememe.training.TrainingRun;

/**
 * A trained dictionary, as a DICT argument names it.
 *
 * @param folder of {@code cfg.json} and {@code sae_weights.safetensors}, or what another library
 *     wrote
 * @param run the run that made it, if it still lies in one
 * @param kept the folder that keeps what is found out about it: its run's, else its own, else,
 *     where it was fetched, one beside the fetched models
 * @param known what the catalogue says of it that its files do not
 */
public record DictionaryFolder(
    Path folder, Optional<TrainingRun> run, Path kept, Map<String, String> known) {
  /** What a DICT argument may be, for help pages. */
  public static final String WHAT =
      "A dictionary: a run's folder, a file or folder of another library, or what is fetched:"
          + " hf:OWNER/REPO[@REVISION]/FOLDER/ or /FILE, or RELEASE/ID, a name of the catalogue"
          + " (sememe pull --dictionaries).";

  /** The held-out rows of a run that had no store, in its folder. */
  public static final String HELD_OUT = "held-out";

  /** The feature index, in the folder of what is kept. */
  public static final String INDEX = "index.duckdb";

  private static final String FETCHED = "dictionaries";
  private static final String CONFIG = "cfg.json";
  private static final String RUN = "run.json";

  /**
   * The dictionary of a path.
   *
   * @throws IOException if there is none, or its run is not finished
   */
  public static DictionaryFolder of(String spec) throws IOException {
    Optional<DictionaryFolder> found = find(spec);
    if (found.isEmpty()) {
      throw AnyDictionary.none(spec, Releases.standard());
    }
    return found.get();
  }

  /**
   * The dictionary of that name, fetched if it is a source or a name of the catalogue.
   *
   * @throws IOException if there is none, or its run is not finished
   * @throws IllegalArgumentException as {@link AnyDictionary#of}
   */
  public static DictionaryFolder of(String spec, Sources sources) throws IOException {
    Optional<DictionaryFolder> local = find(spec);
    if (local.isPresent()) {
      return local.get();
    }
    AnyDictionary fetched = AnyDictionary.of(spec, sources);
    Path kept =
        ModelSource.cache().resolve(FETCHED).resolve(spec.replaceAll("[^\\w.-]+", "/")).normalize();
    Files.createDirectories(kept);
    return new DictionaryFolder(fetched.path(), Optional.empty(), kept, fetched.known());
  }

  /**
   * The dictionary of that name; empty if nothing there looks like one. Another library's is found
   * by its files.
   */
  public static Optional<DictionaryFolder> find(String spec) throws IOException {
    Optional<DictionaryFolder> ofRun = ofRun(spec);
    if (ofRun.isPresent()) {
      return ofRun;
    }
    Optional<AnyDictionary> other = AnyDictionary.local(spec);
    return other.map(
        found -> new DictionaryFolder(found.path(), Optional.empty(), own(found.path()), Map.of()));
  }

  /** The dictionary of a run, by the run's folder or its own; empty if it is in none. */
  static Optional<DictionaryFolder> ofRun(String spec) throws IOException {
    Path path;
    try {
      path = Path.of(spec);
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
    if (Files.isRegularFile(path.resolve(RUN))) {
      TrainingRun run = TrainingRun.open(path);
      Path folder = run.dictionary();
      if (!Files.isRegularFile(folder.resolve(CONFIG))) {
        throw new IOException(
            path + ": the run is not finished; continue it: sememe resume " + path);
      }
      return Optional.of(ofRun(folder, run));
    }
    Path above = path.toAbsolutePath().normalize().resolve("../..").normalize(); // RUN/sae/HOOK
    return Files.isRegularFile(path.resolve(CONFIG)) && Files.isRegularFile(above.resolve(RUN))
        ? Optional.of(ofRun(path, TrainingRun.open(above)))
        : Optional.empty();
  }

  private static DictionaryFolder ofRun(Path folder, TrainingRun run) {
    return new DictionaryFolder(folder, Optional.of(run), run.folder(), Map.of());
  }

  /** The folder of a file, or the folder itself. */
  private static Path own(Path path) {
    return Files.isRegularFile(path) ? path.toAbsolutePath().getParent() : path;
  }

  /**
   * The store that its run was trained on, or measured on if it had none; runs of a sweep share
   * that of the sweep's folder.
   *
   * @throws IOException if it does not lie in a run
   */
  public Path store() throws IOException {
    TrainingRun own =
        run.orElseThrow(
            () -> new IOException(folder + ": lies in no run, so name a store with --store"));
    String store = own.provenance().more().get(RunRows.Stored.STORE);
    if (store != null) {
      return Path.of(store);
    }
    Path alone = own.folder().resolve(HELD_OUT);
    Path shared = own.folder().resolveSibling(HELD_OUT);
    return !Files.isDirectory(alone) && Files.isDirectory(shared) ? shared : alone;
  }

  /** The model that its run names. */
  public Optional<String> model() {
    return run.flatMap(
        own -> Optional.ofNullable(own.provenance().more().get(RunRows.Streamed.MODEL)));
  }

  /** Bytes of all its files. */
  public long bytes() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    }
  }

  /** The dictionary itself, of any kind; the caller closes it. */
  public Dictionary open(int threads) throws IOException {
    return new AnyDictionary(folder, known).open(LoadOptions.NONE, threads);
  }

  /**
   * The dictionary itself; the caller closes it.
   *
   * @throws IOException if it is not an autoencoder of one hook point with a dense encoder
   */
  public Sae load(int threads) throws IOException {
    Dictionary dictionary = open(threads);
    Optional<Sae> sae = dictionary.sae();
    if (sae.isEmpty()) {
      String kind = dictionary.facts().kind().key();
      String what = dictionary.facts().architecture() + ", " + dictionary.facts().sparsity();
      dictionary.close();
      throw new IOException(
          "%s: a %s (%s), where an autoencoder of one hook point with a dense encoder is needed; info, encode and eval take it"
              .formatted(folder, kind, what));
    }
    return sae.get();
  }
}
