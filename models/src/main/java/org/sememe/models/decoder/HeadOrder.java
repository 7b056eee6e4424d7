package org.sememe.models.decoder;

import java.util.function.LongUnaryOperator;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.sememe.tensors.TensorMemory;

/**
 * The two orders of a head's dimensions. Files and hook points have the first halves of all rotary
 * pairs before the second ones; the block computes with adjacent pairs, which are complex numbers.
 * What is not turned is the same in both.
 *
 * @param width of a head
 * @param turned dimensions that rotary positions turn, from the first
 */
record HeadOrder(int width, int turned) {
  /** From the order of halves to adjacent pairs, over dimension {@code dim} of some heads. */
  Tensor adjacent(Tensor heads, int dim) {
    return turned == 0 ? heads : reordered(heads, dim, this::half);
  }

  /** From adjacent pairs to the order of halves, over dimension {@code dim} of some heads. */
  Tensor halves(Tensor heads, int dim) {
    return turned == 0 ? heads : reordered(heads, dim, this::pair);
  }

  /** The place in the order of halves of what stands at {@code i} among adjacent pairs. */
  private long half(long i) {
    return i < turned ? i / 2 + (i % 2) * (turned / 2) : i;
  }

  /** The inverse of {@link #half}. */
  private long pair(long i) {
    int half = turned / 2;
    return i < turned ? (i < half ? 2 * i : 2 * (i - half) + 1) : i;
  }

  private Tensor reordered(Tensor heads, int dim, LongUnaryOperator from) {
    long size = heads.size(dim);
    long[] index =
        LongStream.range(0, size)
            .map(at -> at - at % width + from.applyAsLong(at % width))
            .toArray();
    return heads.index_select(dim, TensorMemory.longs(index, size));
  }
}
