package org.sememe.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SparseDecodeTest {
  private static final long SEED = 42;
  private static final int LATENTS = 6;
  private static final float UNWRITTEN = 77;

  private final SplittableRandom random = new SplittableRandom(SEED);

  @Test
  void everyWidthAgainstTheScalarTwin() {
    for (int d : NativeFloats.lengths()) {
      for (int k : new int[] {1, 3, LATENTS}) {
        compare(d, k);
      }
    }
  }

  /** Decodes the second of three rows and looks at all three. */
  private void compare(int d, int k) {
    float[] matrix = NativeFloats.random(random, LATENTS * d);
    float[] bias = NativeFloats.random(random, d);
    int[] indices = random.ints(3L * k, 0, LATENTS).toArray();
    float[] values = NativeFloats.random(random, 3 * k);
    values[k + random.nextInt(k)] = 0;
    float[] expected =
        ScalarDecode.row(
            Arrays.copyOfRange(indices, k, 2 * k),
            Arrays.copyOfRange(values, k, 2 * k),
            matrix,
            bias);
    float[] rows = new float[3 * d];
    Arrays.fill(rows, UNWRITTEN);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = NativeFloats.of(arena, rows);
      SparseDecode.row(
          NativeFloats.ints(arena, indices),
          NativeFloats.of(arena, values),
          k,
          k,
          NativeFloats.of(arena, matrix),
          NativeFloats.of(arena, bias),
          out,
          NativeFloats.bytes(d),
          d);
      System.arraycopy(expected, 0, rows, d, d);
      assertThat(NativeFloats.array(out)).as("d %d, k %d, seed %d", d, k, SEED).isEqualTo(rows);
    }
  }

  @Test
  void aValueOfZeroNeverTouchesItsRow() {
    for (int d : new int[] {3, 4 * NativeFloats.WIDEST + 3}) {
      float[] matrix = new float[2 * d];
      Arrays.fill(matrix, 0, d, Float.NaN);
      Arrays.fill(matrix, d, 2 * d, 2);
      float[] expected = new float[d];
      Arrays.fill(expected, 3);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment out = NativeFloats.room(arena, d);
        SparseDecode.row(
            NativeFloats.ints(arena, 0, 1),
            NativeFloats.of(arena, 0, 1.5f),
            0,
            2,
            NativeFloats.of(arena, matrix),
            NativeFloats.room(arena, d),
            out,
            0,
            d);
        assertThat(NativeFloats.array(out)).isEqualTo(expected);
      }
    }
  }
}
