package org.sememe.kernels;

import java.lang.foreign.MemorySegment;

/**
 * Codes whose gradients are wanted. Row i of the block was encoded from row {@code inputRow + i} of
 * the inputs; its codes are those from place {@code offsets[i]} to {@code offsets[i + 1]}. They may
 * stand in stages, each with a gradient of its own: that of stage s is {@code scale} times row
 * {@code gradientRow + s rows + i} of the gradients' memory.
 *
 * @param indices int32, the latents, a row's in the order of their stages
 * @param values float32, the activations; where the slope is 0 too, a place does not count
 * @param slopes float32, the loss's gradients at the pre-activations
 * @param offsets {@code [rows + 1]}, ascending from 0
 * @param starts {@code [rows, stages]}, how many places after its row's first each stage begins
 */
@SuppressWarnings("ArrayRecordComponent")
public record CodeBlock(
    MemorySegment indices,
    MemorySegment values,
    MemorySegment slopes,
    int rows,
    int[] offsets,
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
      int[] offsets,
      int inputRow,
      int gradientRow,
      float scale) {
    return new CodeBlock(
        indices, values, slopes, rows, offsets, inputRow, gradientRow, scale, 1, new int[0]);
  }

  /** Offsets of rows of so many places each. */
  public static int[] even(int rows, int places) {
    int[] offsets = new int[rows + 1];
    for (int row = 0; row <= rows; row++) {
      offsets[row] = Math.multiplyExact(row, places);
    }
    return offsets;
  }

  /** The place after a stage's last code. */
  int end(int row, int stage) {
    return stage + 1 == stages ? offsets[row + 1] : offsets[row] + starts[row * stages + stage + 1];
  }
}
