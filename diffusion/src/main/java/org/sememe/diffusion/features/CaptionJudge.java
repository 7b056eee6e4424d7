package org.sememe.diffusion.features;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.sememe.diffusion.metrics.FeatureRows;
import org.sememe.diffusion.pictures.PictureSet;
import org.sememe.models.blocks.WeightReader;
import org.sememe.models.unet.ParameterSource;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.safetensors.SafetensorsFile;

/**
 * A judge of captioned pictures: whether a picture fits its caption better than {@link #OTHERS}
 * others that are drawn, always the same ones. Chance is one in {@code OTHERS + 1}.
 */
public final class CaptionJudge implements Judge {
  /** Wrong captions beside the right one. */
  public static final int OTHERS = 9;

  private final PictureEncoder encoder;
  private final CaptionMatch match;
  private final int captions;

  private CaptionJudge(PictureEncoder encoder, CaptionMatch match, int captions) {
    this.encoder = encoder;
    this.match = match;
    this.captions = captions;
  }

  /**
   * Opens what {@link EncoderTraining} with {@link CaptionMatch} saved.
   *
   * @param vectors embeddings of captions, which pictures' labels count: those of training and
   *     others
   * @throws FormatException if it is damaged, or a network of another kind
   */
  public static CaptionJudge open(Path folder, float[][] vectors) throws IOException {
    PictureEncoder encoder = PictureEncoder.open(folder);
    Path path = PictureEncoder.weights(folder);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      if (!file.names().contains("text.weight")) {
        throw new FormatException(
            path, 0, "no text.weight: this network was not trained with captions");
      }
      WeightReader reader = ParameterSource.reader(file);
      try {
        CaptionMatch match =
            new CaptionMatch(encoder.shape().width(), vectors, ParameterSource.of(reader));
        return new CaptionJudge(encoder, match, vectors.length);
      } catch (IOException | RuntimeException problem) {
        reader.discard();
        throw problem;
      }
    } catch (IOException | RuntimeException problem) {
      encoder.close();
      throw problem;
    }
  }

  @Override
  public FeatureRows features(PictureSet pictures) {
    return PictureFeatures.of(pictures, some -> encoder.of(some).embedding());
  }

  @Override
  public double accuracy(PictureSet pictures) {
    int[] all = IntStream.range(0, captions).toArray();
    FeatureRows scores =
        PictureFeatures.of(pictures, some -> match.scores(encoder.of(some).embedding(), all));
    int right = 0;
    for (int i = 0; i < pictures.count(); i++) {
      RandomStream random = RandomStream.of(i).stream("others");
      int own = pictures.labels()[i];
      boolean best = true;
      for (int k = 0; k < OTHERS; k++) {
        int other = (own + 1 + random.nextInt(captions - 1)) % captions;
        best &= score(scores, i, own) > score(scores, i, other);
      }
      right += best ? 1 : 0;
    }
    return (double) right / pictures.count();
  }

  private static double score(FeatureRows scores, int picture, int caption) {
    return scores.values()[picture * scores.width() + caption];
  }

  @Override
  public void close() {
    encoder.close();
    match.close();
  }
}
