package org.sememe.tensors;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The memory of libtorch's CPU tensors as {@link MemorySegment}s and back.
 *
 * <p>{@link #segment} and {@link #tensor} are views: no byte is copied, and whoever owns the memory
 * must keep it alive while the view is used. The others copy. A returned tensor belongs to the
 * caller's innermost {@code PointerScope}, if there is one. Stateless, thread-safe.
 */
public final class TensorMemory {
  private TensorMemory() {}

  /**
   * The bytes of a tensor, without a copy; valid while the tensor is open, and not checked after.
   *
   * @throws IllegalArgumentException if the tensor is not contiguous or not on the CPU
   */
  public static MemorySegment segment(Tensor tensor) {
    if (!tensor.is_cpu() || !tensor.is_contiguous()) {
      throw new IllegalArgumentException(
          "only a contiguous CPU tensor has one piece of memory: call contiguous() or cpu() first");
    }
    long bytes = tensor.nbytes();
    return bytes == 0
        ? MemorySegment.NULL
        : MemorySegment.ofAddress(tensor.data_ptr().address()).reinterpret(bytes);
  }

  /**
   * A tensor over {@code memory}, row-major, without a copy. The caller keeps the memory alive
   * while the tensor or any view of it is used; writing to a tensor over read-only memory (a mapped
   * file) ends the process.
   *
   * @throws IllegalArgumentException if the memory is on the heap, too small, or not aligned to the
   *     type's size
   */
  public static Tensor tensor(MemorySegment memory, ScalarType type, long... shape) {
    long bytes = bytes(type, shape);
    if (bytes == 0) {
      return empty(type, shape);
    }
    if (!memory.isNative()) {
      throw new IllegalArgumentException("a tensor needs native memory, not an array on the heap");
    }
    if (memory.byteSize() < bytes) {
      throw new IllegalArgumentException(
          "a tensor of " + bytes + " bytes does not fit in " + memory.byteSize());
    }
    if (memory.address() % torch.elementSize(type) != 0) {
      throw new IllegalArgumentException(
          "address of the memory is not a multiple of the size of " + type);
    }
    try (TensorOptions options = new TensorOptions(type);
        Address address = new Address(memory.address())) {
      return torch.from_blob(address, shape, options);
    }
  }

  /** A tensor with its own memory, whose values are not set. */
  public static Tensor empty(ScalarType type, long... shape) {
    bytes(type, shape);
    try (TensorOptions options = new TensorOptions(type);
        MemoryFormatOptional format = new MemoryFormatOptional()) {
      return torch.empty(shape, options, format);
    }
  }

  /** A tensor with its own memory, holding a copy of {@code memory} (on the heap or not). */
  public static Tensor copy(MemorySegment memory, ScalarType type, long... shape) {
    if (memory.byteSize() != bytes(type, shape)) {
      throw new IllegalArgumentException(
          memory.byteSize() + " bytes are not a tensor of " + bytes(type, shape));
    }
    Tensor tensor = empty(type, shape);
    segment(tensor).copyFrom(memory);
    return tensor;
  }

  /** A copy of {@code values} as float32, row-major. */
  public static Tensor floats(float[] values, long... shape) {
    return copy(MemorySegment.ofArray(values), ScalarType.Float, shape);
  }

  /** A copy of {@code values} as int64, row-major. */
  public static Tensor longs(long[] values, long... shape) {
    return copy(MemorySegment.ofArray(values), ScalarType.Long, shape);
  }

  /** The values of a tensor of any type, device and layout as float32, row-major; a copy. */
  public static float[] floats(Tensor tensor) {
    try (Plain plain = new Plain(tensor, ScalarType.Float)) {
      return segment(plain.tensor).toArray(ValueLayout.JAVA_FLOAT);
    }
  }

  /** The values of a tensor of any type, device and layout as int64, row-major; a copy. */
  public static long[] longs(Tensor tensor) {
    try (Plain plain = new Plain(tensor, ScalarType.Long)) {
      return segment(plain.tensor).toArray(ValueLayout.JAVA_LONG);
    }
  }

  /** The values of a tensor of any type, device and layout as float64, row-major; a copy. */
  public static double[] doubles(Tensor tensor) {
    try (Plain plain = new Plain(tensor, ScalarType.Double)) {
      return segment(plain.tensor).toArray(ValueLayout.JAVA_DOUBLE);
    }
  }

  /** The shape of a tensor. */
  public static long[] shape(Tensor tensor) {
    long[] shape = new long[Math.toIntExact(tensor.dim())];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = tensor.size(i);
    }
    return shape;
  }

  private static long bytes(ScalarType type, long... shape) {
    long bytes = torch.elementSize(type);
    for (long size : shape) {
      if (size < 0) {
        throw new IllegalArgumentException("a dimension of " + size);
      }
      bytes = Math.multiplyExact(bytes, size);
    }
    return bytes;
  }

  /** Borrowed native memory: JavaCPP neither owns nor frees it. */
  private static final class Address extends Pointer {
    Address(long address) {
      super((Pointer) null);
      this.address = address;
    }
  }

  /** A tensor brought to the CPU, a type and row-major order, and what that allocated. */
  private static final class Plain implements AutoCloseable {
    private final Tensor detached;
    private final Tensor onCpu;
    private final Tensor typed;
    final Tensor tensor;

    Plain(Tensor from, ScalarType type) {
      detached = from.detach();
      onCpu = detached.cpu();
      typed = onCpu.to(type);
      tensor = typed.contiguous();
    }

    @Override
    public void close() {
      tensor.close();
      typed.close();
      onCpu.close();
      detached.close();
    }
  }
}
