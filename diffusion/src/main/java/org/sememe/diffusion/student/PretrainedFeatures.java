package org.sememe.diffusion.student;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.sememe.diffusion.distillation.DistillationStep;
import org.sememe.diffusion.distillation.FeatureNetwork;
import org.sememe.diffusion.features.PictureEncoder;
import org.sememe.diffusion.pictures.PictureSet;
import org.sememe.diffusion.runs.ParameterDigest;
import org.sememe.tensors.RandomStream;

/** A network that was trained to see, as in Adversarial Diffusion Distillation. */
record PretrainedFeatures(PictureEncoder network) implements HeadFeatures {
  static PretrainedFeatures open(Path folder, PictureSet pictures) throws IOException {
    PictureEncoder network = PictureEncoder.open(folder);
    int seen = network.shape().in();
    if (seen != pictures.channels()) {
      network.close();
      throw new IllegalArgumentException(
          "%s sees pictures of %d channels, these have %d"
              .formatted(folder, seen, pictures.channels()));
    }
    return new PretrainedFeatures(network);
  }

  @Override
  public List<Integer> channels() {
    return network.shape().channels();
  }

  @Override
  public int width() {
    return network.shape().width();
  }

  @Override
  public boolean tellsThePicture() {
    return true;
  }

  @Override
  public FeatureNetwork at(DistillationStep.Batch batch, RandomStream random) {
    return network;
  }

  @Override
  public String digest() {
    return ParameterDigest.of(network.parameters());
  }

  @Override
  public void close() {
    network.close();
  }
}
