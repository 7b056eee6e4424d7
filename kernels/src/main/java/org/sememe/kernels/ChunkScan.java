package org.sememe.kernels;

import java.lang.foreign.MemorySegment;

/**
 * Takes in the scores of rows while the latents pass by in chunks, in ascending order, so that the
 * whole {@code [rows, latents]} matrix never exists. Different rows may be scanned by several
 * threads at once.
 */
public interface ChunkScan {
  /** Forgets what was found in rows {@code from} to {@code to}. */
  void reset(int from, int to);

  /**
   * Takes in one row's scores of a chunk of latents.
   *
   * @param scores float32, from byte {@code at} on, {@code count} of them
   * @param bias float32 {@code [latents]}, added to the scores
   * @param first the latent of the first score
   */
  void scan(int row, MemorySegment scores, long at, MemorySegment bias, int first, int count);
}
