package org.sememe.tensors;

import java.util.List;

/**
 * What a file says of one tensor.
 *
 * @param name its name
 * @param type how its values are stored
 * @param shape row-major; empty for a scalar
 * @param offset of its first byte, from the start of the file
 * @param bytes that it takes in the file
 */
public record TensorInfo(String name, TensorType type, List<Long> shape, long offset, long bytes) {
  public TensorInfo {
    shape = List.copyOf(shape);
  }

  /** The number of values. */
  public long values() {
    return shape.stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
  }

  /** The shape as libtorch takes it. */
  public long[] dimensions() {
    return shape.stream().mapToLong(Long::longValue).toArray();
  }
}
