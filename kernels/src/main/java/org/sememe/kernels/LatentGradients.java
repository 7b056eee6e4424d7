package org.sememe.kernels;

import java.lang.foreign.MemorySegment;

/** The gradients of a dictionary's encoder and decoder rows. Reading them is thread-safe. */
public sealed interface LatentGradients permits PairGradients, WholeGradients {
  /** Whether a latent has any; else both rows' gradients are 0. */
  boolean any(int latent);

  /** What the rows before a latent cost, in pairs. */
  long costBefore(int latent);

  /**
   * Writes both rows of a latent that has any.
   *
   * @param atDecoder the byte of {@code scratch} where the decoder row's {@code d} values begin
   * @param atEncoder where the encoder row's begin
   */
  void fill(int latent, MemorySegment scratch, long atDecoder, long atEncoder, int d);

  /**
   * An upper bound of the squared norm of all of them that costs nothing beside the gradients
   * themselves; infinity where there is none.
   *
   * @param pull see {@link LatentUpdate#squaredNorm}
   */
  double bound(MemorySegment pull);
}
