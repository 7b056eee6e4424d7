package org.sememe.kernels;

import java.lang.foreign.MemorySegment;

/** Finds the active latents of each row. The result does not depend on how the chunks are cut. */
public sealed interface LatentScan extends ChunkScan
    permits TopKScan, ThresholdScan, BatchTopKScan, AbsTopKScan, GroupMaxScan {
  /** How many latents of a row are active, once all have passed. */
  int active(int row);

  /**
   * Writes a row's active latents, strongest first, of equal ones the lowest first; the places that
   * are left get zeros and the lowest latents that are not active.
   *
   * @param places a row in {@code indices} and {@code values}, at least the row's active latents
   *     and at most {@code latents}
   * @param indices int32 {@code [rows, places]}
   * @param values float32 {@code [rows, places]}
   * @param latents F
   */
  void finish(int row, int places, MemorySegment indices, MemorySegment values, int latents);

  /** Score {@code i} of a chunk with its bias. */
  static float score(long scores, long biases, int i) {
    long o = (long) i * Float.BYTES;
    return Lanes.get(scores + o) + Lanes.get(biases + o);
  }
}
