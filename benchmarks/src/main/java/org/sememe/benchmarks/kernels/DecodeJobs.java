package org.sememe.benchmarks.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.sememe.kernels.SparseDecode;

/** The decoder's kernels, each call over all rows. */
final class DecodeJobs implements Jobs {
  private final Inputs in;
  private final MemorySegment bias;
  private final MemorySegment out;
  private final MemorySegment slopes;

  DecodeJobs(Inputs in) {
    this.in = in;
    this.bias = in.noise(in.d());
    this.out = in.floats((long) Inputs.ROWS * in.d());
    this.slopes = in.floats((long) Inputs.ROWS * in.k());
  }

  double row() {
    for (int row = 0; row < Inputs.ROWS; row++) {
      long code = (long) row * in.k();
      SparseDecode.row(
          in.indices(), in.values(), code, in.k(), in.matrix(), bias, out, in.at(row), in.d());
    }
    return out.getAtIndex(ValueLayout.JAVA_FLOAT, 0);
  }

  double slopes() {
    for (int row = 0; row < Inputs.ROWS; row++) {
      long code = (long) row * in.k();
      SparseDecode.slopes(
          in.indices(), slopes, code, in.k(), in.matrix(), 1, in.x(), in.at(row), in.d());
    }
    return slopes.getAtIndex(ValueLayout.JAVA_FLOAT, 0);
  }

  @Override
  public double all() {
    return row() + slopes();
  }

  @Override
  public void close() {}
}
