package org.sememe.kernels;

import java.lang.foreign.MemorySegment;

/**
 * Codes whose gradients are wanted. Row i of the block was encoded from row {@code inputRow + i} of
 * the inputs. Its codes may stand in stages, each with a gradient of its own: that of stage s is
 * {@code scale} times row {@code gradientRow + s rows + i} of the gradients' memory.
 *
 * @param indices int32 {@code [rows, places]}, the latents, a row's in the order of their stages
 * @param values float32 {@code [rows, places]}; what is not above 0 does not count
 * @param slopes float32 {@code [rows, places]}, see {@link SparseDecode#slopes}, before the scale
 * @param starts {@code [rows, stages]}, the place in its row where each stage begins
 */
@SuppressWarnings("ArrayRecordComponent")
public record CodeBlock(
    MemorySegment indices,
    MemorySegment values,
    MemorySegment slopes,
    int rows,
    int places,
    int inputRow,
    int gradientRow,
    float scale,
    int stages,
    int[] starts) {

  /** Codes of one stage. */
  public static CodeBlock plain(
      MemorySegment indices,
      MemorySegment values,
      MemorySegment slopes,
      int rows,
      int places,
      int inputRow,
      int gradientRow,
      float scale) {
    return new CodeBlock(
        indices, values, slopes, rows, places, inputRow, gradientRow, scale, 1, new int[0]);
  }

  /** The place in a row where the codes after a stage begin. */
  int end(int row, int stage) {
    return stage + 1 == stages ? places : starts[row * stages + stage + 1];
  }
}
