package org.sememe.models.unet;

import org.bytedeco.pytorch.Tensor;

/**
 * Sees what each module of a picture network gives, and may put something else in its place. A
 * module's path is its name: {@code down_blocks.1}, {@code mid_block.attentions.0.out}.
 */
@FunctionalInterface
public interface Tap {
  /** Looks at nothing. */
  Tap NONE = (name, activation) -> activation;

  /**
   * What flows on, {@code activation} itself or another tensor of its shape, in the caller's scope.
   * The argument is not to be changed in place.
   */
  Tensor pass(String name, Tensor activation);
}
