package org.sememe.tensors.archive;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Where a tensor's values lie among stored ones.
 *
 * @param shape sizes, outermost first; empty for a scalar
 * @param strides stored values from one index to the next, for each size
 * @param offset of the first value, in values
 */
public record Layout(List<Long> shape, List<Long> strides, long offset) {
  private static final int MOST_DIMENSIONS = 64;

  public Layout {
    shape = List.copyOf(shape);
    strides = List.copyOf(strides);
  }

  /** All values in order, the last index fastest. */
  public static Layout rowMajor(List<Long> shape) {
    return new Layout(shape, rowStrides(shape), 0);
  }

  /** All values in order, the first index fastest. */
  public static Layout columnMajor(List<Long> shape) {
    return new Layout(shape, rowStrides(shape.reversed()).reversed(), 0);
  }

  /** Sizes too large to count wrap here: {@link #problem} finds them. */
  private static List<Long> rowStrides(List<Long> shape) {
    List<Long> strides = new ArrayList<>();
    long stride = 1;
    for (long size : shape.reversed()) {
      strides.add(stride);
      stride *= Math.max(1, size);
    }
    Collections.reverse(strides);
    return strides;
  }

  /**
   * Why this is no tensor among {@code stored} values; empty if it is one. The other methods are
   * only for layouts without a problem.
   *
   * @param valueBytes of one value, which must be countable in all
   */
  public Optional<String> problem(long stored, long valueBytes) {
    if (shape.size() > MOST_DIMENSIONS) {
      return Optional.of(
          shape.size() + " dimensions are more than the " + MOST_DIMENSIONS + " that are read");
    }
    if (shape.size() != strides.size()) {
      return Optional.of(shape.size() + " sizes with " + strides.size() + " strides");
    }
    if (offset < 0 || offset > stored) {
      return Optional.of("it starts at value " + offset + " of " + stored);
    }
    long bytes = valueBytes;
    long last = offset;
    for (int i = 0; i < shape.size(); i++) {
      long size = shape.get(i);
      long stride = strides.get(i);
      if (size < 0 || stride < 0) {
        return Optional.of("a size or a stride is negative in " + shape + " by " + strides);
      }
      if (Math.multiplyHigh(bytes, Math.max(1, size)) != 0 || bytes * Math.max(1, size) < 0) {
        return Optional.of("shape " + shape + " is too large to count");
      }
      bytes *= Math.max(1, size);
      long steps = Math.max(1, size) - 1;
      if (steps > 0 && stride > (Long.MAX_VALUE - last) / steps) {
        return Optional.of("strides " + strides + " are too large to count");
      }
      last += steps * stride;
    }
    if (!shape.contains(0L) && last >= stored) {
      return Optional.of(
          "shape " + shape + " by strides " + strides + " needs more than " + stored + " values");
    }
    return Optional.empty();
  }

  /** The number of values. */
  public long values() {
    return shape.stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
  }

  /** Stored values from the first to the last one used; 0 if there are none. */
  public long span() {
    if (shape.contains(0L)) {
      return 0;
    }
    long span = 1;
    for (int i = 0; i < shape.size(); i++) {
      span += (shape.get(i) - 1) * strides.get(i);
    }
    return span;
  }

  /** Whether the values lie in row-major order without gaps. */
  public boolean dense() {
    List<Long> row = rowStrides(shape);
    for (int i = 0; i < shape.size(); i++) {
      if (shape.get(i) > 1 && !strides.get(i).equals(row.get(i))) {
        return false;
      }
    }
    return true;
  }
}
