package org.sememe.training;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
    return estimate(source, List.of(options)).getFirst();
  }

  /**
   * Estimates what each of several runs begins with, in their order. The rows are read once, and
   * what only depends on the same options is computed once.
   */
  static List<StartingPoint> estimate(BatchSource source, List<TrainOptions> runs) {
    int n = runs.stream().mapToInt(TrainOptions::sampleRows).max().orElseThrow();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment sample = arena.allocate(ValueLayout.JAVA_FLOAT, (long) n * source.width());
      source.seek(0);
      if (!source.next(sample)) {
        throw new IllegalStateException("the source has fewer than sample-rows=" + n + " rows");
      }
      source.seek(0);
      Map<Rule, StartingPoint> known = new HashMap<>();
      return runs.stream()
          .map(Rule::of)
          .map(rule -> known.computeIfAbsent(rule, r -> r.estimate(sample, source.width())))
          .toList();
    }
  }

  /** The options that a starting point follows from. */
  private record Rule(int rows, InputScale inputScale, BiasStart decoderBias) {
    static Rule of(TrainOptions options) {
      return new Rule(options.sampleRows(), options.inputScale(), options.decoderBias());
    }

    /** Reads the sample's first rows, and leaves them as they are. */
    StartingPoint estimate(MemorySegment sample, int d) {
      try (Arena arena = Arena.ofShared()) {
        MemorySegment own = arena.allocate(ValueLayout.JAVA_FLOAT, (long) rows * d);
        MemorySegment.copy(sample, 0, own, 0, own.byteSize());
        double scale;
        try (PointerScope scope = new PointerScope()) {
          Tensor x = TensorMemory.tensor(own, ScalarType.Float, rows, d);
          double meanSquaredNorm = x.to(ScalarType.Double).square().sum().item_double() / rows;
          scale = inputScale.factor(meanSquaredNorm, d);
        }
        StartingPoint.scale(own, scale);
        return new StartingPoint(
            scale,
            switch (decoderBias) {
              case GEOMETRIC_MEDIAN -> GeometricMedian.of(own, rows, d);
              case MEAN -> GeometricMedian.mean(own, rows, d);
              case ZERO -> new double[d];
            });
      }
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
