package org.sememe.training.optimiser;

import org.bytedeco.pytorch.Tensor;

/** What remembers the past of a parameter's rows, such as moments. */
@FunctionalInterface
public interface RowMemory {
  /**
   * Forgets the past of some rows of a parameter that were just given new values, as resampled
   * latents are.
   *
   * @param parameter the tensor of that name
   * @param rows their numbers, integers {@code [n]}
   */
  void forgetRows(String name, Tensor parameter, Tensor rows);
}
