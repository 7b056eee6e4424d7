package org.sememe.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RowProductsTest {
  private static final long SEED = 63;
  private static final int ROWS = 11;

  private final SplittableRandom random = new SplittableRandom(SEED);

  @Test
  void everyWidthAndNumberOfRowsAgainstAPlainSum() {
    for (int d : NativeFloats.lengths()) {
      float[] matrix = NativeFloats.random(random, ROWS * d);
      float[] x = NativeFloats.random(random, d);
      for (int count = 0; count <= 9; count++) {
        int[] rows = random.ints(count, 0, ROWS).toArray();
        float[] products = products(matrix, x, rows);
        for (int i = 0; i < count; i++) {
          float[] row = Arrays.copyOfRange(matrix, rows[i] * d, (rows[i] + 1) * d);
          String what = "d %d, row %d of %s, seed %d".formatted(d, i, Arrays.toString(rows), SEED);
          double sum = 0;
          double sizes = 0;
          for (int j = 0; j < d; j++) {
            sum += (double) row[j] * x[j];
            sizes += Math.abs((double) row[j] * x[j]);
          }
          assertThat((double) products[i]).as(what).isCloseTo(sum, within(6e-8 * d * sizes));
          assertThat(products[i])
              .as(what + ", alone")
              .isEqualTo(products(matrix, x, new int[] {rows[i]})[0]);
        }
        assertThat(products[count]).as("what was not asked for").isNaN();
      }
    }
  }

  /** The products of some rows, and NaN after them. */
  private static float[] products(float[] matrix, float[] x, int[] rows) {
    try (Arena arena = Arena.ofConfined()) {
      float[] products = new float[rows.length + 1];
      Arrays.fill(products, Float.NaN);
      new RowProducts(NativeFloats.of(arena, matrix), x.length, arena)
          .compute(rows, rows.length, NativeFloats.of(arena, x), products);
      return products;
    }
  }
}
