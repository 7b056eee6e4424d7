package org.sememe.diffusion.features;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.bytedeco.pytorch.LongOptional;
import org.sememe.diffusion.metrics.FeatureRows;
import org.sememe.diffusion.pictures.PictureSet;
import org.sememe.models.blocks.WeightReader;
import org.sememe.models.unet.ParameterSource;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.safetensors.SafetensorsFile;

/** A judge of pictures of classes: a classifier. */
public final class PictureJudge implements Judge {
  private final PictureEncoder encoder;
  private final Labels labels;
  private final int classes;

  private PictureJudge(PictureEncoder encoder, Labels labels, int classes) {
    this.encoder = encoder;
    this.labels = labels;
    this.classes = classes;
  }

  /**
   * Opens what {@link EncoderTraining} with {@link Labels} saved.
   *
   * @throws FormatException if it is damaged, or a network without classes
   */
  public static PictureJudge open(Path folder) throws IOException {
    PictureEncoder encoder = PictureEncoder.open(folder);
    Path path = PictureEncoder.weights(folder);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      if (!file.names().contains("head.weight") || file.info("head.weight").shape().size() != 2) {
        throw new FormatException(
            path, 0, "no head.weight: this network was trained without labels");
      }
      int classes = Math.toIntExact(file.info("head.weight").shape().getFirst());
      WeightReader reader = ParameterSource.reader(file);
      try {
        Labels labels = new Labels(encoder.shape().width(), classes, ParameterSource.of(reader));
        return new PictureJudge(encoder, labels, classes);
      } catch (IOException | RuntimeException problem) {
        reader.discard();
        throw problem;
      }
    } catch (IOException | RuntimeException problem) {
      encoder.close();
      throw problem;
    }
  }

  /** How many classes it knows. */
  public int classes() {
    return classes;
  }

  @Override
  public FeatureRows features(PictureSet pictures) {
    return PictureFeatures.of(pictures, some -> encoder.of(some).embedding());
  }

  /** The class that it takes each picture for. */
  public int[] classes(PictureSet pictures) {
    double[] found =
        PictureFeatures.of(
                pictures,
                some ->
                    labels.logits(encoder.of(some).embedding()).argmax(new LongOptional(1), true))
            .values();
    return Arrays.stream(found).mapToInt(c -> (int) c).toArray();
  }

  @Override
  public double accuracy(PictureSet pictures) {
    int[] found = classes(pictures);
    int right = 0;
    for (int i = 0; i < found.length; i++) {
      right += found[i] == pictures.labels()[i] ? 1 : 0;
    }
    return (double) right / found.length;
  }

  @Override
  public void close() {
    encoder.close();
    labels.close();
  }
}
