package org.sememe.training;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.sae.fold.FittedInput;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.tensors.TensorMemory;

/**
 * What a run takes from its source's first rows before its first step: how inputs are normalised,
 * where {@code b_dec} begins, and the points of an archetypal decoder. Immutable, thread-safe.
 */
public final class StartingPoint {
  private final double inputScale;
  private final Map<String, double[]> input;
  private final double[] decoderBias;
  private final float[] points;

  private StartingPoint(
      double inputScale, Map<String, double[]> input, double[] decoderBias, float[] points) {
    this.inputScale = inputScale;
    this.input = input;
    this.decoderBias = decoderBias;
    this.points = points;
  }

  /**
   * Estimates all of it on the first {@code sample-rows} rows, and winds the source back to its
   * start.
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
  private record Rule(int rows, InputScale inputScale, BiasStart decoderBias, int points) {
    static Rule of(TrainOptions options) {
      return new Rule(
          options.sampleRows(),
          options.inputScale(),
          options.decoderBias(),
          options.structure().archetypal()
              ? options.structure().points(options.latents(), options.sampleRows())
              : 0);
    }

    /** Reads the sample's first rows, and leaves them as they are. */
    StartingPoint estimate(MemorySegment sample, int d) {
      try (Arena arena = Arena.ofShared()) {
        MemorySegment own = arena.allocate(ValueLayout.JAVA_FLOAT, (long) rows * d);
        MemorySegment.copy(sample, 0, own, 0, own.byteSize());
        try (PointerScope scope = new PointerScope()) {
          Tensor x = TensorMemory.tensor(own, ScalarType.Float, rows, d);
          FittedInput input = inputScale.normalisation().fit(List.of(x));
          NormalisedRows.normalise(input, own, d);
          double[] bias =
              switch (decoderBias) {
                case GEOMETRIC_MEDIAN -> GeometricMedian.of(own, rows, d);
                case MEAN -> GeometricMedian.mean(own, rows, d);
                case ZERO -> new double[d];
              };
          return new StartingPoint(
              input instanceof FittedInput.Scaled scaled ? scaled.scale() : 1,
              numbers(input),
              bias,
              points == 0 ? new float[0] : Centres.of(x.sub(floats(bias)), points));
        }
      }
    }

    private static Tensor floats(double[] values) {
      float[] floats = new float[values.length];
      for (int i = 0; i < values.length; i++) {
        floats[i] = (float) values[i];
      }
      return TensorMemory.floats(floats, floats.length);
    }

    /** The tensors of a normalisation, by the names that a state has them under. */
    private static Map<String, double[]> numbers(FittedInput input) {
      return switch (input) {
        case FittedInput.Scaled(Optional<Tensor> mean, double _) ->
            mean.isPresent()
                ? Map.of(TrainState.INPUT_MEAN, TensorMemory.doubles(mean.get()))
                : Map.of();
        case FittedInput.Whitened(Tensor mean, Tensor matrix, Tensor inverse) ->
            Map.of(
                TrainState.INPUT_MEAN, TensorMemory.doubles(mean),
                TrainState.INPUT_MATRIX, TensorMemory.doubles(matrix.contiguous()),
                TrainState.INPUT_INVERSE, TensorMemory.doubles(inverse.contiguous()));
        case FittedInput.PerRow(RowNormalisation _) -> Map.of();
      };
    }
  }

  /** The one number that inputs are multiplied by; 1 where it is more than one. */
  public double inputScale() {
    return inputScale;
  }

  /** Multiplies rows by that number, in place. */
  public void scale(MemorySegment rows) {
    NormalisedRows.normalise(FittedInput.scaled(inputScale), rows, decoderBias.length);
  }

  /**
   * Sets {@code b_dec} and the inputs' numbers of a state of the source's width, and whatever waits
   * for an archetypal decoder's points.
   */
  public void applyTo(TrainState state) {
    if (points.length > 0) {
      try (PointerScope scope = new PointerScope()) {
        int d = decoderBias.length;
        state.begin(Optional.of(TensorMemory.floats(points, points.length / d, d)));
      }
    }
    input.forEach(
        (name, numbers) ->
            MemorySegment.copy(
                numbers, 0, state.memory(name), ValueLayout.JAVA_DOUBLE, 0, numbers.length));
    MemorySegment bias = state.memory(TrainState.B_DEC);
    for (int j = 0; j < decoderBias.length; j++) {
      bias.setAtIndex(ValueLayout.JAVA_FLOAT, j, (float) decoderBias[j]);
    }
  }
}
