package org.sememe.models.unet;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** Lets a picture's positions see each other, after a residual block. */
sealed interface Mixing permits SpatialAttention, CrossTransformer {
  /**
   * The picture, each position having seen all.
   *
   * @param text {@code [samples, tokens, width]}, for what looks at a text too
   */
  Tensor apply(Tensor x, Optional<Tensor> text);
}
