package org.sememe.training;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.tensors.TensorMemory;

/**
 * What a run takes from its source's first rows before its first step: the number that inputs are
 * multiplied by, and where {@code b_dec} begins. Immutable, thread-safe.
 */
public final class StartingPoint {
  private final double inputScale;
  private final double[] decoderBias;

  private StartingPoint(double inputScale, double[] decoderBias) {
    this.inputScale = inputScale;
    this.decoderBias = decoderBias;
  }

  /**
   * Estimates both on the first {@code sample-rows} rows, and winds the source back to its start.
   *
   * @throws IllegalStateException if the source has fewer rows
   */
  public static StartingPoint estimate(BatchSource source, TrainOptions options) {
    int d = source.width();
    int n = options.sampleRows();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment sample = arena.allocate(ValueLayout.JAVA_FLOAT, (long) n * d);
      source.seek(0);
      if (!source.next(sample)) {
        throw new IllegalStateException("the source has fewer than sample-rows=" + n + " rows");
      }
      source.seek(0);
      double scale;
      try (PointerScope scope = new PointerScope()) {
        Tensor rows = TensorMemory.tensor(sample, ScalarType.Float, n, d);
        double meanSquaredNorm = rows.to(ScalarType.Double).square().sum().item_double() / n;
        scale = options.inputScale().factor(meanSquaredNorm, d);
      }
      scale(sample, scale);
      return new StartingPoint(
          scale,
          switch (options.decoderBias()) {
            case GEOMETRIC_MEDIAN -> GeometricMedian.of(sample, n, d);
            case MEAN -> GeometricMedian.mean(sample, n, d);
            case ZERO -> new double[d];
          });
    }
  }

  /** What inputs are multiplied by. */
  public double inputScale() {
    return inputScale;
  }

  /** Multiplies rows by the input scale, in place. */
  public void scale(MemorySegment rows) {
    scale(rows, inputScale);
  }

  /** Sets {@code b_dec} of a state of the source's width. */
  public void applyTo(TrainState state) {
    MemorySegment bias = state.memory(TrainState.B_DEC);
    for (int j = 0; j < decoderBias.length; j++) {
      bias.setAtIndex(ValueLayout.JAVA_FLOAT, j, (float) decoderBias[j]);
    }
  }

  static void scale(MemorySegment rows, double factor) {
    if (factor != 1) {
      try (PointerScope scope = new PointerScope()) {
        TensorMemory.tensor(rows, ScalarType.Float, rows.byteSize() / Float.BYTES)
            .mul_(new Scalar(factor));
      }
    }
  }
}
