package org.sememe.training;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.sae.fold.FittedInput;
import org.sememe.sae.fold.InputNormalisation;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.tensors.TensorMemory;

/**
 * What a run takes from its source's first rows before its first step: how inputs are normalised,
 * where {@code b_dec} begins, where the rows' centre is, which routers and a transcoder's encoder
 * begin with, and the points of an archetypal decoder. Immutable, thread-safe.
 */
public final class StartingPoint {
  /** Of the mean variance of an input, so that few rows are enough. */
  private static final double RIDGE = 0.01;

  private final double inputScale;
  private final Map<String, double[]> input;
  private final double[] decoderBias;
  private final double[] centre;
  private final float[] map;
  private final float[] points;

  private StartingPoint(
      double inputScale,
      Map<String, double[]> input,
      double[] decoderBias,
      double[] centre,
      float[] map,
      float[] points) {
    this.inputScale = inputScale;
    this.input = input;
    this.decoderBias = decoderBias;
    this.centre = centre;
    this.map = map;
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
          .map(options -> Rule.of(options, RowLayout.of(options, source)))
          .map(rule -> known.computeIfAbsent(rule, r -> r.estimate(sample)))
          .toList();
    }
  }

  /** The options that a starting point follows from. */
  private record Rule(
      RowLayout layout, int rows, InputScale inputScale, BiasStart decoderBias, int points) {
    static Rule of(TrainOptions options, RowLayout layout) {
      return new Rule(
          layout,
          options.sampleRows(),
          options.inputScale(),
          options.decoderBias(),
          options.structure().archetypal()
              ? options.structure().points(options.latents(), options.sampleRows())
              : 0);
    }

    /** Reads the sample's first rows, and leaves them as they are. */
    StartingPoint estimate(MemorySegment sample) {
      int d = layout.width();
      try (Arena arena = Arena.ofShared()) {
        MemorySegment own = arena.allocate(ValueLayout.JAVA_FLOAT, (long) rows * d);
        MemorySegment.copy(sample, 0, own, 0, own.byteSize());
        try (PointerScope scope = new PointerScope()) {
          Tensor x = TensorMemory.tensor(own, ScalarType.Float, rows, d);
          FittedInput input = fit(x);
          NormalisedRows.normalise(input, own, d);
          Tensor made = layout.output(x);
          double[] bias = centre(made);
          return new StartingPoint(
              input instanceof FittedInput.Scaled scaled ? scaled.scale() : 1,
              numbers(input),
              bias,
              layout.same() ? bias : centre(layout.input(x)),
              layout.same() ? new float[0] : map(layout.input(x), made),
              points == 0 ? new float[0] : Centres.of(made.sub(floats(bias)), points));
        }
      }
    }

    /** The best linear map from inputs to what is made of them, with a ridge, {@code [out, in]}. */
    private static float[] map(Tensor x, Tensor y) {
      Tensor from = x.sub(x.mean(0)).to(ScalarType.Double);
      Tensor to = y.sub(y.mean(0)).to(ScalarType.Double);
      Tensor gram = from.t().matmul(from);
      double ridge = RIDGE * gram.trace().item_double() / gram.size(0);
      // Not by linalg_solve, whose LU factors of a few hundred inputs overflow a Java thread's
      // stack.
      T_TensorTensor_T parts = torch.linalg_eigh(gram);
      Tensor axes = parts.get1();
      Tensor squares = parts.get0().add(new Scalar(ridge)).unsqueeze(1);
      Tensor map = axes.matmul(axes.t().matmul(from.t().matmul(to)).div(squares));
      return TensorMemory.floats(map.t().to(ScalarType.Float).contiguous());
    }

    private double[] centre(Tensor x) {
      int d = Math.toIntExact(x.size(1));
      MemorySegment memory = TensorMemory.segment(x);
      return switch (decoderBias) {
        case GEOMETRIC_MEDIAN -> GeometricMedian.of(memory, rows, d);
        case MEAN -> GeometricMedian.mean(memory, rows, d);
        case ZERO -> new double[d];
      };
    }

    /** Each part of a row by itself. */
    private FittedInput fit(Tensor x) {
      InputNormalisation rule = inputScale.normalisation();
      if (layout.parts().size() == 1) {
        return rule.fit(List.of(x));
      }
      List<Double> scales = new ArrayList<>();
      long from = 0;
      for (int width : layout.parts()) {
        Tensor part = x.narrow(1, from, width).contiguous();
        if (!(rule.fit(List.of(part)) instanceof FittedInput.Scaled scaled)) {
          throw new IllegalArgumentException(
              "input-scale=%s is not one factor for each hook point"
                  .formatted(OptionText.name(inputScale)));
        }
        scales.add(scaled.scale());
        from += width;
      }
      return new FittedInput.Parts(layout.parts(), scales);
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
        case FittedInput.Parts parts ->
            Map.of(
                TrainState.INPUT_SCALES,
                parts.scales().stream().mapToDouble(Double::doubleValue).toArray());
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
    StartingWeights weights = new StartingWeights(state);
    if (points.length > 0) {
      try (PointerScope scope = new PointerScope()) {
        int d = decoderBias.length;
        weights.begin(Optional.of(TensorMemory.floats(points, points.length / d, d)));
      }
    }
    if (map.length > 0) {
      weights.align(map);
    }
    weights.centre(centre);
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
