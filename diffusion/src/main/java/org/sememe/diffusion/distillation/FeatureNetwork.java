package org.sememe.diffusion.distillation;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** The frozen network whose features the discriminator sees. */
@FunctionalInterface
public interface FeatureNetwork {
  /**
   * Features of pictures.
   *
   * @param taps one a head, {@code [samples, channels, height, width]} or {@code [samples,
   *     channels, tokens]}
   * @param embedding of each picture as a whole, {@code [samples, width]}
   */
  record Features(List<Tensor> taps, Tensor embedding) {
    public Features {
      taps = List.copyOf(taps);
    }
  }

  /** Features of pictures {@code [samples, channels, height, width]}, in the caller's scope. */
  Features of(Tensor pictures);

  /** The taps alone, for a network that has them for less. */
  default List<Tensor> taps(Tensor pictures) {
    return of(pictures).taps();
  }
}
