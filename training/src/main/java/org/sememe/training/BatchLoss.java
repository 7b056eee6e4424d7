package org.sememe.training;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.sememe.kernels.LatentGradients;

/**
 * Measures a dictionary's loss on a batch and makes its gradients. Owns its memory; one thread at a
 * time, which shares the work.
 */
sealed interface BatchLoss extends AutoCloseable permits SelectedLoss, ThresholdLoss {
  /**
   * Goes over a batch. What the outcome points to holds until the next call.
   *
   * @param batch targets {@code [rows, d]} float32
   * @param u the encoder's inputs {@code [rows, d]}
   * @param inputNorms norms of the rows of u
   */
  Outcome run(MemorySegment batch, Tensor u, float[] inputNorms);

  @Override
  void close();

  /**
   * What came of it.
   *
   * @param gradients of W_enc and W_dec
   * @param pull how the loss changes with the norms of decoder rows beside them, {@code [latents]}
   * @param slopeSums how it changes with a bias of each pre-activation, {@code [latents]}
   * @param vectors the gradients of the other parameters but b_dec, {@code [latents]} each, by name
   * @param errors rows {@code [rows, d]} whose sum is, times {@code -2 / rows}, how the loss
   *     changes with a bias of the reconstructions
   */
  record Outcome(
      LatentGradients gradients,
      MemorySegment pull,
      MemorySegment slopeSums,
      Map<String, MemorySegment> vectors,
      MemorySegment errors,
      Figures figures) {}

  /**
   * What was measured; see {@link StepFigures}.
   *
   * @param active latents over all rows
   * @param product nanoseconds of the encoder's product, and so on
   */
  record Figures(
      double loss,
      double squaredError,
      double auxLoss,
      double penalty,
      long active,
      int dead,
      Optional<ScreenFigures> screen,
      long product,
      long select,
      long decode,
      long gradients) {}
}
