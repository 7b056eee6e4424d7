package org.sememe.diffusion.features;

import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;
import org.sememe.tensors.RandomStream;

/** What a network of pictures is trained for. */
public interface Objective extends AutoCloseable {
  /** What learns beside the network, by name; the objective's own. */
  SequencedMap<String, Tensor> parameters();

  /** What {@link #parameters} are kept for beside the network; empty if the training alone. */
  SequencedMap<String, Tensor> kept();

  /**
   * The loss of a batch, a scalar in the caller's scope.
   *
   * @param pictures {@code [samples, channels, height, width]}, in [-1, 1]
   * @param labels a class a sample; an objective without labels leaves them alone
   */
  Tensor loss(PictureEncoder encoder, Tensor pictures, int[] labels, RandomStream random);

  @Override
  void close();
}
