package org.sememe.tensors;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Products of int8 matrices with int32 sums, {@code a bᵀ}, on libtorch's int8 kernels: several
 * times as fast as in fp32 on CPUs that have instructions for them (AVX512-VNNI), and none on
 * others. Held to less than the CPU has, the kernels sum pairs of products in 16 bits and saturate,
 * so that the right side must stay within half its range; that is tried out when it is made.
 * Thread-safe; start {@link Torch} first.
 */
public final class Int8Product {
  private static final int FULL = 127;
  private static final int HALF = 63;
  private static final int PROBE = 64;

  private static final Path CPU = Path.of("/proc/cpuinfo");

  private final OperatorHandle operator;
  private final int rightLimit;

  private Int8Product(OperatorHandle operator, int rightLimit) {
    this.operator = operator;
    this.rightLimit = rightLimit;
  }

  /** The product; empty where this machine computes it wrongly or only slowly. */
  public static Optional<Int8Product> onThisMachine() {
    if (!vnni()) {
      return Optional.empty(); // there libtorch loops over single numbers, far slower than in fp32
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

  /** Whether the CPU says so; what cannot be asked has none. */
  private static boolean vnni() {
    try (Stream<String> lines = Files.lines(CPU)) {
      return lines.anyMatch(line -> line.startsWith("flags") && line.contains(" avx512_vnni"));
    } catch (IOException | UncheckedIOException none) {
      return false;
    }
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
