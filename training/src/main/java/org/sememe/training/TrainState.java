package org.sememe.training;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.kernels.DecoderNorm;
import org.sememe.kernels.DecoderRows;
import org.sememe.kernels.Moments;
import org.sememe.sae.fold.FittedInput;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.sae.objective.ParameterNames;
import org.sememe.tensors.TensorMemory;
import org.sememe.training.optimiser.MovingAverage;
import org.sememe.training.optimiser.Optimiser;
import org.sememe.training.optimiser.RowMemory;
import org.sememe.training.ranks.Part;

/**
 * Everything that a step changes, and so everything of the model that a checkpoint keeps. Owns its
 * tensors; one thread at a time.
 *
 * <p>Tensors by name, all contiguous on the CPU: {@code W_enc}, {@code W_dec} fp32 {@code [latents,
 * d]}, {@code b_enc [latents]}, {@code b_dec [d]}, for a fused step Adam's moments {@code
 * NAME.exp_avg} and {@code NAME.exp_avg_sq} of each, {@code tokens_since_fired} int64 {@code
 * [latents]}, {@code threshold}, {@code screen_recall} and {@code density} (float64), {@code step}
 * (int64); with JumpReLU {@code thresholds}, with Gated {@code r_mag} and {@code b_mag}, {@code
 * [latents]} each; where the penalty's power is annealed {@code annealing} (float64); the numbers
 * of an input normalisation that is more than a factor. Where encoder or decoder is made of
 * something, its tensors stand in the matrix's place, by {@link ParameterNames}.
 */
public final class TrainState implements RowMemory, AutoCloseable {
  static final String W_ENC = "W_enc";
  static final String W_DEC = "W_dec";
  static final String B_ENC = "b_enc";
  static final String B_DEC = "b_dec";

  /** JumpReLU's thresholds, or their logarithms. */
  static final String THRESHOLDS = "thresholds";

  /** Logarithms of how many times the gate's pre-activation a Gated latent's magnitude is. */
  static final String R_MAG = "r_mag";

  /** The bias of a Gated latent's magnitude; its gate's is {@code b_enc}. */
  static final String B_MAG = "b_mag";

  private static final String FIRST_MOMENT = ".exp_avg";
  private static final String SECOND_MOMENT = ".exp_avg_sq";
  static final String SINCE_FIRED = "tokens_since_fired";
  private static final String THRESHOLD = "threshold";
  private static final String STEP = "step";
  private static final String SCREEN_RECALL = "screen_recall";
  private static final String DENSITY = "density";

  /** The numbers of an input normalisation, float64: {@code [d]}, {@code [d, d]} twice. */
  static final String INPUT_MEAN = "input_mean";

  /** The factors of a row's parts, float64 {@code [parts]}, where there are several. */
  static final String INPUT_SCALES = "input_scales";

  static final String INPUT_MATRIX = "input_matrix";
  static final String INPUT_INVERSE = "input_inverse";

  private static final String OPTIMISER = "optimiser.";
  private static final String AVERAGE = "average.";
  private static final String ANNEALING = "annealing";

  /** The threshold, the recall and the density before they were ever measured. */
  private static final double UNSET = -1;

  private final RowLayout layout;
  private final int width;
  private final int latents;
  private final Part updated;
  private final SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
  private final SequencedMap<String, Tensor> parameters = new LinkedHashMap<>();
  private final TrainOptions options;
  private final boolean unit;
  private final InputScale inputScale;
  private final Optional<Optimiser> optimiser;
  private final Optional<MovingAverage> average;

  private TrainState(TrainOptions options, RowLayout layout, int latents, Part updated) {
    this.updated = updated;
    this.layout = layout;
    this.width = layout.outputs();
    this.options = options;
    this.latents = latents;
    this.inputScale = options.inputScale();
    this.unit = options.rowNorms() == DecoderNorm.UNIT;
    Optimisation how = options.optimisation();
    this.optimiser =
        options.fused() ? Optional.empty() : Optional.of(how.choice(options.adam()).create());
    this.average =
        how.average() == 0 ? Optional.empty() : Optional.of(new MovingAverage(how.average()));
    weights(options.structure());
    new TemporalWeights(options).shapes().forEach(this::weight);
    for (String vector : vectors(options.architecture())) {
      weight(vector, latents);
    }
    if (options.thresholdForm() == ThresholdForm.LOG && tensors.containsKey(THRESHOLDS)) {
      parameters.put(ParameterNames.LOG_THRESHOLD, parameters.remove(ParameterNames.THRESHOLD));
    }
    add(SINCE_FIRED, ScalarType.Long, latents);
    add(THRESHOLD, ScalarType.Double);
    add(STEP, ScalarType.Long);
    add(SCREEN_RECALL, ScalarType.Double);
    threshold(UNSET);
    screenRecall(UNSET);
    add(DENSITY, ScalarType.Double);
    density(UNSET);
    if (layout.parts().size() > 1) {
      add(INPUT_SCALES, ScalarType.Double, layout.parts().size());
    }
    if (inputScale == InputScale.MEAN_AND_SCALE || inputScale == InputScale.WHITENING) {
      add(INPUT_MEAN, ScalarType.Double, width);
    }
    if (inputScale == InputScale.WHITENING) {
      add(INPUT_MATRIX, ScalarType.Double, width, width);
      add(INPUT_INVERSE, ScalarType.Double, width, width);
    }
    if (options.pEnd() > 0) {
      add(ANNEALING, ScalarType.Double, Annealing.numbers(TrainPlan.ANNEALING_BATCHES));
      tensor(ANNEALING).fill_(new Scalar(Double.NaN));
    }
  }

  private void weights(StructureOptions structure) {
    int inputs = layout.inputs();
    boolean halves = structure.encoder() == StructureOptions.EncoderName.KRONECKER;
    boolean tied = structure.encoder() == StructureOptions.EncoderName.TIED;
    if (!halves && !tied) {
      weight(W_ENC, latents, inputs);
    }
    if (!structure.archetypal()) {
      weight(W_DEC, latents, width);
    }
    if (!halves) {
      weight(B_ENC, latents);
    }
    weight(B_DEC, width);
    if (halves) {
      int first = latents / structure.kronN();
      int second = latents / structure.kronM();
      weight(ParameterNames.W_P, first, inputs);
      weight(ParameterNames.W_Q, second, inputs);
      weight(ParameterNames.B_P, first);
      weight(ParameterNames.B_Q, second);
    }
    if (structure.encoder() == StructureOptions.EncoderName.SWITCH) {
      weight(ParameterNames.W_ROUTER, structure.experts(), inputs);
      weight(ParameterNames.B_ROUTER, inputs);
    }
    if (structure.archetypal()) {
      int points = structure.points(latents, options.sampleRows());
      weight(ParameterNames.W_MIX, latents, points);
      weight(ParameterNames.RELAXATION, latents, width);
      weight(ParameterNames.LOG_SCALE, 1);
      weight(ParameterNames.POINTS, points, width);
    }
    if (options.sites().skip()) {
      weight(ParameterNames.W_SKIP, width, inputs);
    }
  }

  private static List<String> vectors(Architecture architecture) {
    return switch (architecture) {
      case TOPK, BATCHTOPK, ABSTOPK, GROUPMAX, MATCHING_PURSUIT, OMP, RELU, OWN -> List.of();
      case JUMPRELU -> List.of(THRESHOLDS);
      case GATED -> List.of(R_MAG, B_MAG);
    };
  }

  private void weight(String name, long... shape) {
    add(name, ScalarType.Float, shape);
    parameters.put(name.equals(THRESHOLDS) ? ParameterNames.THRESHOLD : name, tensor(name));
    if (optimiser.isEmpty()) {
      long[] own = shape.clone();
      if (byLatent(name)) {
        own[0] = updated.count();
      }
      add(name + FIRST_MOMENT, ScalarType.Float, own);
      add(name + SECOND_MOMENT, ScalarType.Float, own);
    }
  }

  private void add(String name, ScalarType type, long... shape) {
    Tensor tensor = TensorMemory.empty(type, shape);
    tensor.retainReference();
    TensorMemory.segment(tensor).fill((byte) 0);
    tensors.put(name, tensor);
  }

  /** A state of zeros, for values to be copied into. */
  static TrainState zeros(TrainOptions options, int width) {
    return zeros(options, RowLayout.of(width));
  }

  /** A state of zeros, for values to be copied into. */
  static TrainState zeros(TrainOptions options, RowLayout layout) {
    return part(options, layout, options.latents());
  }

  /** A state of zeros of some of the latents, for one of several ranks. */
  static TrainState part(TrainOptions options, RowLayout layout, int latents) {
    return new TrainState(options, layout, latents, new Part(0, latents));
  }

  /** A state of zeros of all latents, with Adam's moments of some of them. */
  static TrainState updating(TrainOptions options, RowLayout layout, Part updated) {
    return new TrainState(options, layout, options.latents(), updated);
  }

  /** Whether a tensor has a row for each latent that is updated: moments of what has such rows. */
  static boolean byUpdate(String name) {
    return byLatent(name) && (name.endsWith(FIRST_MOMENT) || name.endsWith(SECOND_MOMENT));
  }

  /** Whether a tensor has a row for each latent. */
  static boolean byLatent(String name) {
    return List.of(W_ENC, W_DEC, B_ENC, THRESHOLDS, R_MAG, B_MAG, SINCE_FIRED)
        .contains(name.replace(SECOND_MOMENT, "").replace(FIRST_MOMENT, ""));
  }

  /** Where training begins: {@link StartingWeights}. */
  public static TrainState initial(TrainOptions options, int width) {
    return initial(options, RowLayout.of(width));
  }

  static TrainState initial(TrainOptions options, RowLayout layout) {
    TrainState state = zeros(options, layout);
    new StartingWeights(state).draw();
    return state;
  }

  /** The run's. */
  TrainOptions options() {
    return options;
  }

  /** What its steps do. */
  RunDesign design() {
    return new RunDesign(options, options.plan(width), layout.sites());
  }

  /**
   * The live tensors by name, all but {@link #memories}: reading them is a snapshot, copying into
   * them restores one.
   */
  public SequencedMap<String, Tensor> tensors() {
    return Collections.unmodifiableSequencedMap(tensors);
  }

  /**
   * What an optimiser that is not the fused step's and a moving average remember, by {@code
   * optimiser.NAME} and {@code average.NAME}: nothing before the first step.
   */
  SequencedMap<String, Tensor> memories() {
    SequencedMap<String, Tensor> memories = new LinkedHashMap<>();
    optimiser.ifPresent(
        mind -> mind.state().forEach((name, tensor) -> memories.put(OPTIMISER + name, tensor)));
    average.ifPresent(
        mean -> mean.state().forEach((name, tensor) -> memories.put(AVERAGE + name, tensor)));
    return memories;
  }

  /** Takes copies of what {@link #memories} gave. */
  void recall(Map<String, Tensor> memories) {
    optimiser.ifPresent(mind -> mind.restore(under(OPTIMISER, memories)));
    average.ifPresent(mean -> mean.restore(under(AVERAGE, memories)));
  }

  /** Whether it is the name of a memory. */
  static boolean isMemory(String name) {
    return name.startsWith(OPTIMISER) || name.startsWith(AVERAGE);
  }

  private static Map<String, Tensor> under(String prefix, Map<String, Tensor> memories) {
    Map<String, Tensor> found = new LinkedHashMap<>();
    memories.forEach(
        (name, tensor) -> {
          if (name.startsWith(prefix)) {
            found.put(name.substring(prefix.length()), tensor);
          }
        });
    return found;
  }

  /** The trained tensors, by {@link ParameterNames}. */
  Map<String, Tensor> parameters() {
    return Collections.unmodifiableMap(parameters);
  }

  private Map<String, Tensor> trained() {
    Map<String, Tensor> trained = new LinkedHashMap<>(parameters);
    trained.keySet().removeIf(ParameterNames::constant);
    return trained;
  }

  /** The optimiser of a step that is not fused. */
  Optional<Optimiser> optimiser() {
    return optimiser;
  }

  /** Takes the weights into the moving average, where there is one. */
  void remember() {
    average.ifPresent(mean -> mean.add(trained()));
  }

  /**
   * The weights to make a dictionary of, by {@link ParameterNames}: the optimiser's average, then
   * the moving one, where there are such, with decoder rows of norm 1 if the run's are. New tensors
   * are in the caller's scope.
   */
  Map<String, Tensor> finished() {
    Map<String, Tensor> weights =
        new LinkedHashMap<>(optimiser.map(mind -> mind.averaged(parameters)).orElse(parameters));
    average.filter(mean -> step() > 0).ifPresent(mean -> weights.putAll(mean.averages()));
    if (unit && weights.get(W_DEC) != parameters.get(W_DEC)) { // a mean of unit rows is shorter
      Tensor rows = weights.get(W_DEC).clone();
      for (int latent = 0; latent < latents; latent++) {
        DecoderRows.normalise(
            TensorMemory.segment(rows), (long) latent * width * Float.BYTES, width);
      }
      weights.put(W_DEC, rows);
    }
    if (options.structure().encoder() == StructureOptions.EncoderName.TIED) {
      weights.put(W_ENC, weights.get(W_DEC));
    }
    return weights;
  }

  /** d, of what is reconstructed. */
  public int width() {
    return width;
  }

  /** What stands where in its rows. */
  RowLayout layout() {
    return layout;
  }

  /** F. */
  int latents() {
    return latents;
  }

  Tensor tensor(String name) {
    return tensors.get(name);
  }

  MemorySegment memory(String name) {
    return TensorMemory.segment(tensor(name));
  }

  /**
   * A weight with Adam's moments of it: where it has rows of latents, of those that are updated.
   */
  Moments moments(String name) {
    return new Moments(updated(name), memory(name + FIRST_MOMENT), memory(name + SECOND_MOMENT));
  }

  /** What a weight has of the latents that are updated here; the whole of it if it has no rows. */
  MemorySegment updated(String name) {
    return byLatent(name) ? updated.of(memory(name), latents) : memory(name);
  }

  /** The latents that are updated here. */
  Part updated() {
    return updated;
  }

  @Override
  public void forgetRows(String name, Tensor parameter, Tensor rows) {
    if (optimiser.isPresent()) {
      optimiser.get().forgetRows(name, parameter, rows);
    } else {
      for (String moment : List.of(FIRST_MOMENT, SECOND_MOMENT)) {
        tensor(name + moment).index_fill_(0, rows, new Scalar(0.0));
      }
    }
  }

  /**
   * How rows are normalised; its tensors are the state's.
   *
   * @param scale the one factor, where there is one
   */
  FittedInput input(double scale) {
    if (layout.parts().size() > 1) {
      return new FittedInput.Parts(
          layout.parts(),
          Arrays.stream(TensorMemory.doubles(tensor(INPUT_SCALES))).boxed().toList());
    }
    return switch (inputScale) {
      case NONE, UNIT, WIDTH, MEAN_NORM -> FittedInput.scaled(scale);
      case MEAN_AND_SCALE -> new FittedInput.Scaled(Optional.of(tensor(INPUT_MEAN)), scale);
      case CONSTANT_NORM -> new FittedInput.PerRow(RowNormalisation.CONSTANT_NORM);
      case LAYER_NORM -> new FittedInput.PerRow(RowNormalisation.LAYER_NORM);
      case WHITENING ->
          new FittedInput.Whitened(tensor(INPUT_MEAN), tensor(INPUT_MATRIX), tensor(INPUT_INVERSE));
    };
  }

  /** Rows since each latent fired, int64 {@code [latents]}. */
  MemorySegment sinceFired() {
    return memory(SINCE_FIRED);
  }

  /** Steps done. */
  public long step() {
    return memory(STEP).get(ValueLayout.JAVA_LONG, 0);
  }

  void step(long done) {
    memory(STEP).set(ValueLayout.JAVA_LONG, 0, done);
  }

  /** The screen's recall at its last check; below 0 while it was never checked. */
  double screenRecall() {
    return memory(SCREEN_RECALL).get(ValueLayout.JAVA_DOUBLE, 0);
  }

  void screenRecall(double value) {
    memory(SCREEN_RECALL).set(ValueLayout.JAVA_DOUBLE, 0, value);
  }

  /** What the last step's sparse work is of all pre-activations; below 0 before the first. */
  double density() {
    return memory(DENSITY).get(ValueLayout.JAVA_DOUBLE, 0);
  }

  void density(double value) {
    memory(DENSITY).set(ValueLayout.JAVA_DOUBLE, 0, value);
  }

  /** Where an {@link Annealing} stands. */
  MemorySegment annealing() {
    return memory(ANNEALING);
  }

  /** The inference threshold; below 0 while it was never measured. */
  double threshold() {
    return memory(THRESHOLD).get(ValueLayout.JAVA_DOUBLE, 0);
  }

  void threshold(double value) {
    memory(THRESHOLD).set(ValueLayout.JAVA_DOUBLE, 0, value);
  }

  @Override
  public void close() {
    tensors.values().forEach(Tensor::close);
    optimiser.ifPresent(Optimiser::close);
    average.ifPresent(MovingAverage::close);
  }
}
