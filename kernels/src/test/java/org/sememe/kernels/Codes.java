package org.sememe.kernels;

import java.lang.foreign.Arena;
import java.util.SplittableRandom;

/**
 * Random codes of some rows: latents that differ within a row, values of which some are 0 or below.
 *
 * @param indices {@code [rows, k]}
 * @param values {@code [rows, k]}
 */
@SuppressWarnings("ArrayRecordComponent")
record Codes(int rows, int k, int latents, int[] indices, float[] values) {
  static Codes random(SplittableRandom random, int rows, int k, int latents) {
    int[] indices = new int[rows * k];
    float[] values = NativeFloats.random(random, rows * k);
    for (int row = 0; row < rows; row++) {
      int start = random.nextInt(latents);
      for (int j = 0; j < k; j++) {
        indices[row * k + j] = (start + j) % latents;
        switch (random.nextInt(8)) {
          case 0 -> values[row * k + j] = 0;
          case 1, 2, 3, 4 -> values[row * k + j] = Math.abs(values[row * k + j]);
          default -> {}
        }
      }
    }
    return new Codes(rows, k, latents, indices, values);
  }

  /** A block of these codes in native memory. */
  CodeBlock in(Arena arena, ScalarPairs.Block block) {
    return CodeBlock.plain(
        NativeFloats.ints(arena, indices),
        NativeFloats.of(arena, values),
        NativeFloats.of(arena, block.slopes()),
        rows,
        CodeBlock.even(rows, k),
        block.inputRow(),
        block.gradientRow(),
        block.scale());
  }
}
