package org.sememe.app.inputs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeFiles;
import org.sememe.tensors.Torch;
import org.sememe.training.TrainingRun;

/**
 * A trained dictionary, as a DICT argument names it.
 *
 * @param folder of {@code cfg.json} and {@code sae_weights.safetensors}
 * @param run the run that made it, if it still lies in one
 */
public record DictionaryFolder(Path folder, Optional<TrainingRun> run) {
  /** What a DICT argument may be, for help pages. */
  public static final String WHAT = "A dictionary: a run's folder, or a folder with cfg.json.";

  /** The held-out rows of a run that had no store, in its folder. */
  public static final String HELD_OUT = "held-out";

  private static final String CONFIG = "cfg.json";
  private static final String RUN = "run.json";

  /**
   * The dictionary of that name.
   *
   * @throws IOException if there is none, or its run is not finished
   */
  public static DictionaryFolder of(String spec) throws IOException {
    return find(spec)
        .orElseThrow(
            () -> new NoSuchFileException(spec, null, "no run and no dictionary (cfg.json) there"));
  }

  /** The dictionary of that name; empty if nothing there looks like one. */
  public static Optional<DictionaryFolder> find(String spec) throws IOException {
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
      return Optional.of(new DictionaryFolder(folder, Optional.of(run)));
    }
    if (!Files.isRegularFile(path.resolve(CONFIG))) {
      return Optional.empty();
    }
    Path above = path.toAbsolutePath().normalize().resolve("../..").normalize(); // RUN/sae/HOOK
    return Optional.of(
        new DictionaryFolder(
            path,
            Files.isRegularFile(above.resolve(RUN))
                ? Optional.of(TrainingRun.open(above))
                : Optional.empty()));
  }

  /** The folder that keeps what is found out about it: its run's, else its own. */
  public Path kept() {
    return run.map(TrainingRun::folder).orElse(folder);
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

  /** The dictionary itself; the caller closes it. */
  public Sae load(int threads) throws IOException {
    Torch.start(threads);
    return SaeFiles.load(folder);
  }
}
