package org.sememe.diffusion.student;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.sememe.diffusion.conditions.Condition;
import org.sememe.diffusion.distillation.DistillationStep;
import org.sememe.diffusion.distillation.FeatureNetwork;
import org.sememe.diffusion.features.PictureEncoder;
import org.sememe.diffusion.pictures.PictureSet;
import org.sememe.tensors.RandomStream;

/** The frozen network through which the heads of a training see. Owns it. One thread at a time. */
sealed interface HeadFeatures extends AutoCloseable permits PretrainedFeatures, TeacherFeatures {
  /**
   * The network in a folder: one trained to see ({@link PictureEncoder}), or one that draws.
   *
   * @throws org.sememe.tensors.FormatException if it is damaged
   * @throws IllegalArgumentException if it does not fit the pictures or the condition
   */
  static HeadFeatures open(
      Path folder, DistillationPlan plan, PictureSet pictures, Condition condition)
      throws IOException {
    return Files.isDirectory(TeacherFeatures.network(folder))
        ? TeacherFeatures.open(folder, plan, pictures, condition)
        : PretrainedFeatures.open(folder, pictures);
  }

  /** Channels of each tap; a head sees one. */
  List<Integer> channels();

  /** Width of the embedding. */
  int width();

  /** Whether the embedding is of the real picture, not of what heads may always know. */
  boolean tellsThePicture();

  /**
   * The network as it sees the pictures of one step, real and drawn ones alike.
   *
   * @param random what it draws is drawn from here
   */
  FeatureNetwork at(DistillationStep.Batch batch, RandomStream random);

  /** SHA-256 of its parameters as they are now. */
  String digest();

  @Override
  void close();
}
