package org.sememe.tensors;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Products of int8 matrices with int32 sums, {@code a bᵀ}, on libtorch's int8 kernels: several
 * times as fast as in fp32 where the CPU has instructions for them (VNNI), about twice as fast with
 * AVX2. Without those instructions pairs of products are summed in 16 bits and saturate, so that
 * the right side must stay within half its range; what holds here is tried out when it is made.
 * Thread-safe; start {@link Torch} first.
 */
public final class Int8Product {
  private static final int FULL = 127;
  private static final int HALF = 63;
  private static final int PROBE = 64;

  private final OperatorHandle operator;
  private final int rightLimit;

  private Int8Product(OperatorHandle operator, int rightLimit) {
    this.operator = operator;
    this.rightLimit = rightLimit;
  }

  /** The product; empty where this machine computes it wrongly or only slowly. */
  public static Optional<Int8Product> onThisMachine() {
    if (!System.getProperty("os.arch").equals("amd64")) {
      return Optional.empty(); // elsewhere libtorch loops over single numbers
    }
    OperatorHandle operator = Dispatcher.singleton().findSchemaOrThrow("aten::_int_mm", "out");
    for (int limit : new int[] {FULL, HALF}) {
      Int8Product product = new Int8Product(operator, limit);
      if (product.exact()) {
        return Optional.of(product);
      }
    }
    return Optional.empty();
  }

  /** The largest absolute value that {@code b} may have; {@code a} may have up to 127. */
  public int rightLimit() {
    return rightLimit;
  }

  /** Whether the largest sums come out right. */
  private boolean exact() {
    for (int left : new int[] {FULL, -FULL}) {
      try (PointerScope scope = new PointerScope()) {
        Tensor out = TensorMemory.empty(ScalarType.Int, PROBE, PROBE);
        run(filled(left), filled(rightLimit), out);
        MemorySegment sums = TensorMemory.segment(out);
        for (int i = 0; i < PROBE * PROBE; i++) {
          if (sums.getAtIndex(ValueLayout.JAVA_INT, i) != PROBE * left * rightLimit) {
            return false;
          }
        }
      }
    }
    return true;
  }

  private static Tensor filled(int value) {
    Tensor tensor = TensorMemory.empty(ScalarType.Char, PROBE, PROBE);
    TensorMemory.segment(tensor).fill((byte) value);
    return tensor;
  }

  /**
   * {@code out = a bᵀ}, by as many threads as libtorch has.
   *
   * @param a int8 {@code [n, d]}, contiguous
   * @param b int8 {@code [m, d]}, contiguous
   * @param out int32 {@code [n, m]}, contiguous
   */
  public void run(Tensor a, Tensor b, Tensor out) {
    try (PointerScope scope = new PointerScope()) {
      IValueVector stack = new IValueVector(new IValue(a), new IValue(b.t()), new IValue(out));
      Dispatcher.singleton().callBoxed(operator, stack);
    }
  }
}
