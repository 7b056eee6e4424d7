package org.sememe.diffusion.student;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.sememe.diffusion.distillation.FeatureNetwork;
import org.sememe.diffusion.features.Augmentation;
import org.sememe.tensors.RandomStream;

/**
 * Features of changed pictures: the taps see each batch changed anew, in the order of the calls;
 * the embedding is that of the pictures themselves.
 */
record AugmentedFeatures(FeatureNetwork network, Augmentation augmentation, RandomStream random)
    implements FeatureNetwork {
  @Override
  public Features of(Tensor pictures) {
    Features plain = network.of(pictures);
    return augmentation.equals(Augmentation.NONE)
        ? plain
        : new Features(taps(pictures), plain.embedding());
  }

  @Override
  public List<Tensor> taps(Tensor pictures) {
    return network.taps(augmentation.of(pictures, random));
  }
}
