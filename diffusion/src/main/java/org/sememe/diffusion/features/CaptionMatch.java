package org.sememe.diffusion.features;

import java.io.IOException;
import java.util.Collections;
import java.util.SequencedMap;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.diffusion.conditions.CaptionVectors;
import org.sememe.models.blocks.Linear;
import org.sememe.models.unet.ParameterSource;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;

/**
 * Learning which picture a caption is of (as CLIP does, Radford et al. 2021): linear maps of
 * pictures' and captions' embeddings to vectors of length 1; in a batch each picture has to find
 * its caption, and each caption its picture, among all. The captions' own encoder stays as it is.
 */
public final class CaptionMatch implements Objective {
  private static final Augmentation VIEW = new Augmentation(0.15, 0.1, 0.08, 0.2, 0);
  private static final int WIDTH = 64;
  private static final double TEMPERATURE = 0.1;
  private static final double LENGTH_EPS = 1e-12;

  private final SequencedMap<String, Tensor> parameters = ParameterSource.record();
  private final float[][] vectors;
  private final Linear picture;
  private final Linear text;

  /**
   * Over a network's embeddings.
   *
   * @param vectors embeddings of captions, which pictures' labels count
   */
  public CaptionMatch(int width, float[][] vectors, ParameterSource source) throws IOException {
    this.vectors = vectors;
    ParameterSource all = source.recording(parameters);
    this.picture = all.linear("picture", width, WIDTH);
    this.text = all.linear("text", vectors[0].length, WIDTH);
  }

  /** How well pictures' embeddings fit captions, {@code [pictures, captions]}. */
  Tensor scores(Tensor embedded, int[] captions) {
    float[][] told = new float[captions.length][];
    for (int i = 0; i < told.length; i++) {
      told[i] = vectors[captions[i]];
    }
    return unit(picture.apply(embedded)).matmul(unit(text.apply(CaptionVectors.told(told))).t());
  }

  private static Tensor unit(Tensor rows) {
    Tensor length = rows.mul(rows).sum(1).sqrt().clamp_min(new Scalar(LENGTH_EPS));
    return rows.div(length.unsqueeze(1));
  }

  @Override
  public SequencedMap<String, Tensor> parameters() {
    return Collections.unmodifiableSequencedMap(parameters);
  }

  @Override
  public SequencedMap<String, Tensor> kept() {
    return parameters();
  }

  @Override
  public Tensor loss(PictureEncoder encoder, Tensor pictures, int[] labels, RandomStream random) {
    Tensor embedded = encoder.of(VIEW.of(pictures, random)).embedding();
    Tensor scores = scores(embedded, labels).div(new Scalar(TEMPERATURE));
    Tensor own = TensorMemory.longs(LongStream.range(0, labels.length).toArray(), labels.length);
    return torch.cross_entropy_loss(scores, own).add(torch.cross_entropy_loss(scores.t(), own));
  }

  @Override
  public void close() {
    parameters.values().forEach(Tensor::close);
    parameters.clear();
  }
}
