package org.sememe.training;

import java.lang.foreign.MemorySegment;
import org.bytedeco.pytorch.Tensor;
import org.sememe.kernels.LatentGradients;

/** One way over a batch for {@link ThresholdLoss}: both give the same but for rounding. */
sealed interface ThresholdPass extends AutoCloseable permits SparsePass, DensePass {
  /** Goes over it; leaves the errors, their norms and the vectors' sums in the terms. */
  Measured run(MemorySegment batch, Tensor u, float[] inputNorms, double coefficient);

  @Override
  void close();

  /**
   * What came of it.
   *
   * @param slopeSums sums of the slopes at pre-activations, float32 {@code [latents]}
   * @param active latents over all rows
   * @param penalty over all rows, see {@link PenaltyTerm#add}
   * @param listed pre-activations above their limits, over all rows
   * @param pairs those of them that have a part in a gradient row
   * @param product nanoseconds of the encoder's product, and so on
   */
  record Measured(
      LatentGradients gradients,
      MemorySegment slopeSums,
      long active,
      double penalty,
      long listed,
      long pairs,
      long product,
      long select,
      long decode) {}
}
