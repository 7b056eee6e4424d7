package org.sememe.tensors.archive;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.tensors.TensorInfo;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.TensorType;

/**
 * A tensor that lies in a file, read when asked for.
 *
 * @param type of its values
 * @param layout without a problem for what {@code source} holds
 * @param order of the bytes of a value
 * @param source of the stored values
 */
public record StoredTensor(TensorType type, Layout layout, ByteOrder order, ByteSource source) {
  /** What to say of it under a name; deflated values stand at the start of their packed bytes. */
  public TensorInfo info(String name) {
    long skipped = source instanceof ByteSource.Plain ? layout.offset() * type.blockBytes() : 0;
    return new TensorInfo(name, type, layout.shape(), source.offset() + skipped, bytes());
  }

  /** The bytes of all its values. */
  public long bytes() {
    return layout.values() * type.blockBytes();
  }

  /**
   * A row-major tensor with its own memory; it belongs to the caller's innermost {@code
   * PointerScope}, if there is one.
   *
   * @throws UnsupportedOperationException if libtorch has no such type here
   */
  public Tensor read() {
    ScalarType scalar =
        type.scalarType()
            .orElseThrow(
                () -> new UnsupportedOperationException(type + " cannot be computed with here"));
    long[] shape = layout.shape().stream().mapToLong(Long::longValue).toArray();
    if (layout.dense()) {
      Tensor tensor = TensorMemory.empty(scalar, shape);
      fill(tensor);
      return tensor;
    }
    long[] strides = layout.strides().stream().mapToLong(Long::longValue).toArray();
    try (Tensor span = TensorMemory.empty(scalar, layout.span())) {
      fill(span);
      try (Tensor view = span.as_strided(shape, strides)) {
        return view.contiguous();
      }
    }
  }

  private void fill(Tensor tensor) {
    if (layout.span() == 0) {
      return;
    }
    MemorySegment memory = TensorMemory.segment(tensor);
    source.copyTo(layout.offset() * type.blockBytes(), memory);
    if (order != ByteOrder.nativeOrder()) {
      swap(memory);
    }
  }

  private void swap(MemorySegment memory) {
    switch (type.blockBytes()) {
      case 1 -> {}
      case Short.BYTES -> {
        for (long i = 0; i < memory.byteSize(); i += Short.BYTES) {
          short value = memory.get(ValueLayout.JAVA_SHORT, i);
          memory.set(ValueLayout.JAVA_SHORT, i, Short.reverseBytes(value));
        }
      }
      case Integer.BYTES -> {
        for (long i = 0; i < memory.byteSize(); i += Integer.BYTES) {
          int value = memory.get(ValueLayout.JAVA_INT, i);
          memory.set(ValueLayout.JAVA_INT, i, Integer.reverseBytes(value));
        }
      }
      case Long.BYTES -> {
        for (long i = 0; i < memory.byteSize(); i += Long.BYTES) {
          long value = memory.get(ValueLayout.JAVA_LONG, i);
          memory.set(ValueLayout.JAVA_LONG, i, Long.reverseBytes(value));
        }
      }
      default -> throw new IllegalStateException("values of " + type.blockBytes() + " bytes");
    }
  }
}
