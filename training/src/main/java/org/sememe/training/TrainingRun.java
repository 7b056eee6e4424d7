package org.sememe.training;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A run's folder: {@code run.json}, {@code metrics.jsonl}, {@code events/} for TensorBoard, {@code
 * checkpoints/}, and {@code sae/HOOK/} once it is finished.
 */
public final class TrainingRun {
  private final Path folder;
  private final Provenance provenance;
  private final Optional<TrainOptions> options;

  private TrainingRun(Path folder, Provenance provenance, Optional<TrainOptions> options) {
    this.folder = folder;
    this.provenance = provenance;
    this.options = options;
  }

  /**
   * A new run. Nothing is written before it is trained.
   *
   * @throws FileAlreadyExistsException if the folder holds a run already
   */
  public static TrainingRun create(Path folder, Provenance provenance) throws IOException {
    if (Files.exists(folder.resolve(RunFile.NAME))) {
      throw new FileAlreadyExistsException(
          folder.toString(), null, "holds a run already: resume it, or give another folder");
    }
    return new TrainingRun(folder, provenance, Optional.empty());
  }

  /**
   * A run that was begun before.
   *
   * @throws IOException if there is none, or its {@code run.json} cannot be read
   */
  public static TrainingRun open(Path folder) throws IOException {
    RunFile file = RunFile.read(folder);
    return new TrainingRun(folder, file.provenance(), Optional.of(file.options()));
  }

  /** Its folder. */
  public Path folder() {
    return folder;
  }

  /** Where its rows come from. */
  public Provenance provenance() {
    return provenance;
  }

  /** The options it was begun with; empty before that. */
  public Optional<TrainOptions> options() {
    return options;
  }

  /** Where the finished dictionary is, or will be. */
  public Path dictionary() {
    return folder.resolve("sae").resolve(provenance.hook());
  }

  /** Whether the dictionary is there. */
  public boolean finished() {
    return Files.exists(dictionary().resolve("cfg.json"));
  }

  /** The folder of its checkpoints. */
  public Path checkpoints() {
    return folder.resolve("checkpoints");
  }

  /** A JSON object a logged step. */
  public Path metrics() {
    return folder.resolve("metrics.jsonl");
  }

  /** The folder of TensorBoard's event files. */
  public Path events() {
    return folder.resolve("events");
  }
}
