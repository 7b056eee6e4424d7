package org.sememe.benchmarks.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;
import org.sememe.kernels.BoundedScan;
import org.sememe.kernels.ByteBounds;

/** What encodes one token at a time, each call all rows, one after another. */
final class TokenJobs implements Jobs {
  private static final float THRESHOLD = 0.8f;

  private final MemorySegment[] x;
  private final ByteBounds byteBounds;
  private final MemorySegment low;
  private final MemorySegment high;
  private final BoundedScan topK;
  private final BoundedScan above;
  private final MemorySegment indices;
  private final MemorySegment values;

  TokenJobs(Inputs in) {
    this.byteBounds = new ByteBounds(in.matrix(), in.bias(), in.latents(), in.d(), in.arena());
    this.x =
        IntStream.range(0, Inputs.ROWS)
            .mapToObj(row -> padded(in, row, byteBounds.inputs()))
            .toArray(MemorySegment[]::new);
    this.low = in.floats(byteBounds.room());
    this.high = in.floats(byteBounds.room());
    this.topK = BoundedScan.topK(byteBounds, in.matrix(), in.bias(), in.k(), in.arena());
    MemorySegment thresholds = in.floats(in.latents());
    for (int latent = 0; latent < in.latents(); latent++) {
      thresholds.setAtIndex(ValueLayout.JAVA_FLOAT, latent, THRESHOLD);
    }
    this.above = BoundedScan.above(byteBounds, in.matrix(), in.bias(), thresholds, in.arena());
    this.indices = in.ints(in.latents());
    this.values = in.floats(in.latents());
  }

  private static MemorySegment padded(Inputs in, int row, int count) {
    MemorySegment x = in.floats(count);
    MemorySegment.copy(in.x(), in.at(row), x, 0, (long) in.d() * Float.BYTES);
    return x;
  }

  double bounds() {
    double sum = 0;
    for (MemorySegment row : x) {
      byteBounds.bounds(row, low, high);
      sum += low.getAtIndex(ValueLayout.JAVA_FLOAT, 0);
    }
    return sum;
  }

  double topK() {
    return find(topK);
  }

  double above() {
    return find(above);
  }

  private double find(BoundedScan scan) {
    int active = 0;
    for (MemorySegment row : x) {
      active += scan.find(row, indices, values);
    }
    return active;
  }

  @Override
  public double all() {
    return bounds() + topK() + above();
  }

  @Override
  public void close() {}
}
