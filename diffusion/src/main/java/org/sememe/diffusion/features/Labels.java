package org.sememe.diffusion.features;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.models.blocks.Linear;
import org.sememe.models.unet.ParameterSource;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;

/** Learning classes: a linear map of the embedding, and the cross entropy of its softmax. */
public final class Labels implements Objective {
  private static final Augmentation VIEW = new Augmentation(0.15, 0.1, 0.08, 0.2, 0);

  private final SequencedMap<String, Tensor> parameters = ParameterSource.record();
  private final Linear head;

  /** Over a network's embeddings. */
  public Labels(int width, int classes, ParameterSource source) throws IOException {
    this.head = source.recording(parameters).linear("head", width, classes);
  }

  /** Logits of embeddings, {@code [samples, classes]}. */
  Tensor logits(Tensor embedding) {
    return head.apply(embedding);
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
    long[] wide = Arrays.stream(labels).asLongStream().toArray();
    return torch.cross_entropy_loss(logits(embedded), TensorMemory.longs(wide, wide.length));
  }

  @Override
  public void close() {
    parameters.values().forEach(Tensor::close);
    parameters.clear();
  }
}
