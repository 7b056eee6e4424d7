package org.sememe.training;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A run's folder: {@code run.json}, {@code metrics.jsonl}, {@code events/} for TensorBoard, {@code
 * checkpoints/}, and {@code sae/HOOK/} once it is finished.
 */
public final class TrainingRun {
  private final Path folder;
  private final Provenance provenance;

  private TrainingRun(Path folder, Provenance provenance) {
    this.folder = folder;
    this.provenance = provenance;
  }

  /**
   * A new run.
   *
   * @throws java.nio.file.FileAlreadyExistsException if the folder holds a run already
   */
  public static TrainingRun create(Path folder, Provenance provenance) throws IOException {
    return new TrainingRun(folder, provenance);
  }

  /** A run that was begun before. */
  public static TrainingRun open(Path folder) throws IOException {
    throw new UnsupportedOperationException();
  }

  public Path folder() {
    return folder;
  }

  public Provenance provenance() {
    return provenance;
  }

  /** Where the finished dictionary is, or will be. */
  public Path dictionary() {
    return folder.resolve("sae").resolve(provenance.hook());
  }

  public Path checkpoints() {
    return folder.resolve("checkpoints");
  }

  public Path metrics() {
    return folder.resolve("metrics.jsonl");
  }
}
