package org.sememe.diffusion.features;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.sememe.models.blocks.Linear;
import org.sememe.models.unet.ParameterSource;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;

/**
 * Learning without labels (SimCLR, Chen et al. 2020): of two changed views of each picture in a
 * batch, each has to find the other among all. Views' embeddings go through two linear maps, of
 * length 1 after that; the loss is the cross entropy of their products over a temperature.
 */
public final class Contrast implements Objective {
  private static final double TEMPERATURE = 0.2;
  private static final int PROJECTION = 32;
  private static final double LENGTH_EPS = 1e-12;

  /** Below any product over the temperature: nobody finds itself. */
  private static final double NEVER = -1e9;

  private final SequencedMap<String, Tensor> parameters = ParameterSource.record();
  private final Linear hidden;
  private final Linear projection;

  /** Over a network's embeddings. */
  public Contrast(int width, ParameterSource source) throws IOException {
    ParameterSource all = source.recording(parameters);
    this.hidden = all.linear("hidden", width, width);
    this.projection = all.linear("projection", width, PROJECTION);
  }

  @Override
  public SequencedMap<String, Tensor> parameters() {
    return Collections.unmodifiableSequencedMap(parameters);
  }

  @Override
  public SequencedMap<String, Tensor> kept() {
    return new LinkedHashMap<>();
  }

  @Override
  public Tensor loss(PictureEncoder encoder, Tensor pictures, int[] labels, RandomStream random) {
    Tensor first = Augmentation.VIEWS.of(pictures, random.stream("first"));
    Tensor second = Augmentation.VIEWS.of(pictures, random.stream("second"));
    Tensor embedded = encoder.of(torch.cat(new TensorVector(first, second), 0)).embedding();
    return loss(projection.apply(torch.relu(hidden.apply(embedded))));
  }

  /** Of projected views, {@code [2 samples, width]}: row i belongs to row i + samples. */
  static Tensor loss(Tensor projected) {
    long views = projected.size(0);
    Tensor length = projected.mul(projected).sum(1).sqrt().clamp_min(new Scalar(LENGTH_EPS));
    Tensor unit = projected.div(length.unsqueeze(1));
    float[] own = new float[Math.toIntExact(views * views)];
    IntStream.range(0, (int) views).forEach(i -> own[i * (int) views + i] = (float) NEVER);
    Tensor scores =
        unit.matmul(unit.t())
            .div(new Scalar(TEMPERATURE))
            .add(TensorMemory.floats(own, views, views));
    long[] partners = new long[Math.toIntExact(views)];
    Arrays.setAll(partners, i -> (i + views / 2) % views);
    return torch.cross_entropy_loss(scores, TensorMemory.longs(partners, views));
  }

  @Override
  public void close() {
    parameters.values().forEach(Tensor::close);
    parameters.clear();
  }
}
