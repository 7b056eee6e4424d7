package org.sememe.diffusion.conditions;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.sememe.diffusion.pictures.NamedPictures;
import org.sememe.models.unet.PictureCondition;
import org.sememe.models.unet.UNetConfig;

/**
 * What a network is told of the pictures that it is trained on. Each subject has a number from 0;
 * {@link #none} stands for nothing. Thread-safe.
 */
public sealed interface Condition permits ClassLabels, Captions {
  /**
   * What a run was told, of these pictures.
   *
   * @throws IllegalArgumentException for pictures with captions that the run does not know
   */
  static Condition ofRun(Path run, NamedPictures pictures) throws IOException {
    Optional<CaptionVectors> captions = CaptionVectors.read(run);
    return captions.isPresent()
        ? Captions.of(captions.get(), pictures.captions())
        : new ClassLabels(pictures.set());
  }

  /** How many subjects. */
  int count();

  /** The number that stands for none: one above the last. */
  default int none() {
    return count();
  }

  /** The subject of a picture of the set. */
  int of(int picture);

  /** What the network is told of subjects, in the caller's scope. */
  PictureCondition told(int[] subjects);

  /** What heads are told of subjects but none, {@code [subjects, width]}, in the caller's scope. */
  Tensor rows(int[] subjects);

  /** How wide {@link #rows} are. */
  int width();

  /** Subjects that a sheet of samples shows, one a column. */
  int[] shown();

  /** The pictures of each subject, where subjects have many; empty where one has one or a few. */
  Optional<int[][]> alike();

  /** What a continued run has to have in common with its start. */
  String text();

  /**
   * Checks that a network is told this.
   *
   * @throws IllegalArgumentException if it is told another thing, saying so
   */
  void requireFit(UNetConfig network);

  /** Writes into a run's folder what is needed to draw with it. */
  void write(Path run) throws IOException;
}
