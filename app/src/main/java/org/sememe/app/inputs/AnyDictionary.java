package org.sememe.app.inputs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sememe.models.sources.ModelSource;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.formats.DictionaryFiles;
import org.sememe.sae.formats.LoadOptions;
import org.sememe.sae.releases.ReleasedDictionary;
import org.sememe.sae.releases.Releases;
import org.sememe.tensors.Torch;

/**
 * A dictionary of any library, as a DICT argument names it: a run, a folder, a file, a source, or a
 * name of the catalogue.
 *
 * @param path where its files lie
 * @param known what the catalogue says of it that its files do not
 */
public record AnyDictionary(Path path, Map<String, String> known) {
  /** What a DICT argument may be, for help pages. */
  public static final String WHAT =
      "A dictionary: a run's folder, or a file or folder that SAELens, sparsify,"
          + " dictionary_learning or another library wrote; which one is told by the files. It"
          + " may be fetched: hf:OWNER/REPO[@REVISION]/FOLDER/ or /FILE, or RELEASE/ID, a name of"
          + " the catalogue (sememe pull --dictionaries).";

  public AnyDictionary {
    known = Map.copyOf(known);
  }

  /**
   * The dictionary of that name, fetched if it is a source or a name of the catalogue.
   *
   * @throws IOException if there is none, or its run is not finished
   * @throws IllegalArgumentException if the catalogue knows its release, and no such dictionary in
   *     it
   */
  public static AnyDictionary of(String spec, Sources sources) throws IOException {
    if (ModelSource.isSource(spec)) {
      return new AnyDictionary(sources.locate(spec), Map.of());
    }
    Optional<DictionaryFolder> own = DictionaryFolder.ofRun(spec);
    if (own.isPresent()) {
      return new AnyDictionary(own.get().folder(), Map.of());
    }
    Optional<Path> path = existing(spec);
    if (path.isPresent()) {
      return new AnyDictionary(path.get(), Map.of());
    }
    Releases releases = Releases.standard();
    Optional<ReleasedDictionary> released = releases.find(spec);
    if (released.isEmpty()) {
      throw none(spec, releases);
    }
    return fetched(released.get(), sources);
  }

  /**
   * The dictionary of that name; empty if nothing there is one.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public static Optional<AnyDictionary> find(String spec, Sources sources) throws IOException {
    if (ModelSource.isSource(spec)) {
      return local(sources.locate(spec).toString());
    }
    Optional<AnyDictionary> local = local(spec);
    if (local.isPresent() || existing(spec).isPresent()) {
      return local;
    }
    Optional<ReleasedDictionary> released = Releases.standard().find(spec);
    return released.isEmpty() ? Optional.empty() : Optional.of(fetched(released.get(), sources));
  }

  private static AnyDictionary fetched(ReleasedDictionary released, Sources sources)
      throws IOException {
    return new AnyDictionary(sources.locate(released.address()), released.known());
  }

  /** The dictionary of a path; empty if nothing there is one. */
  static Optional<AnyDictionary> local(String spec) throws IOException {
    Optional<DictionaryFolder> own = DictionaryFolder.ofRun(spec);
    if (own.isPresent()) {
      return Optional.of(new AnyDictionary(own.get().folder(), Map.of()));
    }
    Optional<Path> path = existing(spec);
    return path.isPresent() && DictionaryFiles.found(path.get())
        ? Optional.of(new AnyDictionary(path.get(), Map.of()))
        : Optional.empty();
  }

  /** What says that there is no such dictionary, and what may have been meant. */
  static IOException none(String spec, Releases releases) {
    List<String> near = releases.suggestions(spec);
    return near.isEmpty()
        ? new NoSuchFileException(spec, null, "no run and no dictionary there")
        : new IOException(
            spec
                + ": no run and no dictionary there; the catalogue has "
                + String.join(", ", near));
  }

  private static Optional<Path> existing(String spec) {
    try {
      return Optional.of(Path.of(spec)).filter(Files::exists);
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /** The dictionary itself; the caller closes it. What a person says wins over the catalogue. */
  public Dictionary open(LoadOptions options, int threads) throws IOException {
    Torch.start(threads);
    Map<String, String> all = new LinkedHashMap<>(known);
    all.putAll(options.values());
    return DictionaryFiles.open(path, new LoadOptions(all));
  }
}
