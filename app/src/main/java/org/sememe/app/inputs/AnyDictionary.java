package org.sememe.app.inputs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.formats.DictionaryFiles;
import org.sememe.sae.formats.LoadOptions;
import org.sememe.tensors.Torch;

/**
 * A dictionary of any library, as a DICT argument names it: a run, a folder or a file.
 *
 * @param path where its files lie
 */
public record AnyDictionary(Path path) {
  /** What a DICT argument may be, for help pages. */
  public static final String WHAT =
      "A dictionary: a run's folder, or a file or folder that SAELens, sparsify,"
          + " dictionary_learning or another library wrote; which one is told by the files. It"
          + " may be fetched: hf:OWNER/REPO[@REVISION]/FOLDER/ or /FILE.";

  /**
   * The dictionary of that name.
   *
   * @throws IOException if there is none, or its run is not finished
   */
  public static AnyDictionary of(String spec) throws IOException {
    Optional<DictionaryFolder> own = DictionaryFolder.ofRun(spec);
    if (own.isPresent()) {
      return new AnyDictionary(own.get().folder());
    }
    try {
      Path path = Path.of(spec);
      if (Files.exists(path)) {
        return new AnyDictionary(path);
      }
    } catch (InvalidPathException e) {
      throw new NoSuchFileException(spec, null, e.getReason());
    }
    throw new NoSuchFileException(spec, null, "no run and no dictionary there");
  }

  /** The dictionary of that name; empty if nothing there is one. */
  public static Optional<AnyDictionary> find(String spec) throws IOException {
    Optional<DictionaryFolder> own = DictionaryFolder.ofRun(spec);
    if (own.isPresent()) {
      return Optional.of(new AnyDictionary(own.get().folder()));
    }
    try {
      Path path = Path.of(spec);
      return Files.exists(path) && DictionaryFiles.found(path)
          ? Optional.of(new AnyDictionary(path))
          : Optional.empty();
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /** The dictionary itself; the caller closes it. */
  public Dictionary open(LoadOptions options, int threads) throws IOException {
    Torch.start(threads);
    return DictionaryFiles.open(path, options);
  }
}
