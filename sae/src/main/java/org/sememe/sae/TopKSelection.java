package org.sememe.sae;

import java.lang.foreign.MemorySegment;
import org.bytedeco.pytorch.Tensor;

/**
 * Finds the active latents of a TopK dictionary: of each row the k largest positive pre-activations
 * {@code x W_encᵀ + b_enc}. Owns its memory; one thread at a time, which shares the work.
 */
public interface TopKSelection extends AutoCloseable {
  /**
   * Writes the codes of rows as {@link SparseCodes} describes them.
   *
   * @param x float32 {@code [n, d]}, contiguous
   * @param encoder {@code W_enc [latents, d]}
   * @param bias {@code b_enc [latents]}
   * @param indices int32 {@code [n, k]}
   * @param values float32 {@code [n, k]}
   * @return how much of the time the dense product took, in nanoseconds
   */
  long select(
      Tensor x, Tensor encoder, MemorySegment bias, MemorySegment indices, MemorySegment values);

  @Override
  void close();
}
