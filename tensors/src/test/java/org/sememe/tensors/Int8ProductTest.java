package org.sememe.tensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products by whatever kernel this machine has, against sums of single products. */
class Int8ProductTest {
  private static final long SEED = 5;

  @BeforeAll
  static void start() {
    Torch.start(2);
    System.out.println("Int8ProductTest: seed " + SEED);
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "3, 5, 7", "33, 17, 64", "70, 130, 577"})
  void sumsAreThoseOfSingleProducts(int n, int m, int d) {
    assumeThat(Int8Product.onThisMachine()).as("int8 products on this machine").isPresent();
    Int8Product product = Int8Product.onThisMachine().get();
    RandomStream random = RandomStream.of(SEED);
    try (PointerScope scope = new PointerScope()) {
      Tensor a = drawn(n, d, 127, random);
      Tensor b = drawn(m, d, product.rightLimit(), random);
      Tensor out = TensorMemory.empty(ScalarType.Int, n, m);
      product.run(a, b, out);
      MemorySegment left = TensorMemory.segment(a);
      MemorySegment right = TensorMemory.segment(b);
      MemorySegment sums = TensorMemory.segment(out);
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < m; j++) {
          int sum = 0;
          for (int c = 0; c < d; c++) {
            sum +=
                left.get(ValueLayout.JAVA_BYTE, (long) i * d + c)
                    * right.get(ValueLayout.JAVA_BYTE, (long) j * d + c);
          }
          assertThat(sums.getAtIndex(ValueLayout.JAVA_INT, (long) i * m + j))
              .as("row %d of a, %d of b", i, j)
              .isEqualTo(sum);
        }
      }
    }
  }

  private static Tensor drawn(int rows, int d, int limit, RandomStream random) {
    Tensor tensor = TensorMemory.empty(ScalarType.Char, rows, d);
    MemorySegment memory = TensorMemory.segment(tensor);
    for (int i = 0; i < rows * d; i++) {
      memory.set(ValueLayout.JAVA_BYTE, i, (byte) (random.nextInt(2 * limit + 1) - limit));
    }
    return tensor;
  }
}
