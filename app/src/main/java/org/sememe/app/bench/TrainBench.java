package org.sememe.app.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.ToLongFunction;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.tensors.TensorMemory;
import org.sememe.training.Architecture;
import org.sememe.training.BatchSource;
import org.sememe.training.ScreenFigures;
import org.sememe.training.StartingPoint;
import org.sememe.training.StepFigures;
import org.sememe.training.TrainOptions;
import org.sememe.training.TrainState;

/**
 * A training step against what it cannot do without and what others do: the encoder's product
 * alone, the dense step through autograd, the sparse step through gathered tensors. All in one
 * process, on the same rows, in turns; medians of the repetitions after a warm-up.
 *
 * @param options of our step: latents, k, batch, AuxK
 * @param threads for all of them
 * @param repetitions timed rounds, at least 1
 * @param rivals whether the dense and the gathered step are run too, which do plain TopK only
 * @param deadShare of the latents are dead throughout, 0 to below 1; above 0 a step without AuxK is
 *     run too
 */
public record TrainBench(
    TrainOptions options, int threads, int repetitions, boolean rivals, double deadShare) {
  /** What synthetic rows are. */
  public static final String SYNTHETIC = SyntheticRows.WHAT;

  private static final String GEMM = "gemm";
  private static final String STEP = "step";
  private static final String EXACT = "exact";
  private static final String NO_AUX = "no_aux";
  private static final String SPARSE_PRODUCTS = "sparse_products";
  private static final String DENSE_PRODUCTS = "dense_products";

  /** Dead latents' encoder rows are so small that they are never among the k best of a row. */
  private static final double FAINT = 0.02;

  private static final String DENSE = "dense";
  private static final String GATHERED = "gathered";

  /** Rounds before the timed ones: memory is taken, and code reaches the compiler's last stage. */
  private static final int WARM_UP = 6;

  /** Rows that a bias is told by. */
  private static final int SAMPLE_ROWS = 256;

  /** Checks the range. */
  public TrainBench {
    if (repetitions < 1) {
      throw new IllegalArgumentException("repetitions must be at least 1");
    }
    if (!(deadShare >= 0 && deadShare < 1)) {
      throw new IllegalArgumentException("the dead share must be from 0 to below 1");
    }
  }

  /** Whether rivals are run: they were asked for, and there are any. */
  @Override
  public boolean rivals() {
    return rivals
        && options.architecture() == Architecture.TOPK
        && options.multiTopK() == 0
        && options.matryoshka().fractions().isEmpty();
  }

  /** Rows of width d with the spectrum of real ones; the caller closes them. */
  public static BatchSource synthetic(int width) {
    return new SyntheticRows(0, width);
  }

  /** Rounds in all, those of the warm-up included. */
  public int rounds() {
    return WARM_UP + repetitions;
  }

  /** Told after every round. */
  @FunctionalInterface
  public interface Listener {
    void round(int done);
  }

  /**
   * What was measured, in seconds; fields as scripts read them.
   *
   * @param source of the rows, the caller's to close; scaled and centred as a run does it
   * @param rows what the rows are, for the record
   */
  public Map<String, Object> run(BatchSource source, String rows, Listener listener) {
    int width = source.width();
    int batch = options.batch();
    SequencedMap<String, Contender> contenders = new LinkedHashMap<>();
    try (Arena arena = Arena.ofShared();
        SparseStep own = new SparseStep(options, width, threads)) {
      StartingPoint start = StartingPoint.estimate(source, options);
      prepare(own.state(), start, source);
      contenders.put(GEMM, new EncoderProduct(batch, width, options.latents()));
      contenders.put(STEP, own);
      if (options.plan(width).screened()) {
        SparseStep exact = new SparseStep(options.with("screening", "off"), width, threads);
        prepare(exact.state(), start, source);
        contenders.put(EXACT, exact);
      }
      if (deadShare > 0) {
        SparseStep without = new SparseStep(options.with("aux-alpha", "0"), width, threads);
        prepare(without.state(), start, source);
        contenders.put(NO_AUX, without);
      }
      if (!options.architecture().selects()) {
        for (String products : List.of(SPARSE_PRODUCTS, DENSE_PRODUCTS)) {
          String way = products.substring(0, products.indexOf('_'));
          SparseStep one = new SparseStep(options.with("products", way), width, threads);
          prepare(one.state(), start, source);
          contenders.put(products, one);
        }
      }
      if (rivals()) {
        contenders.put(DENSE, new RivalStep(new DenseAutograd(), options, width, own.state()));
        contenders.put(
            GATHERED, new RivalStep(new GatheredGradients(), options, width, own.state()));
      }
      MemorySegment x = arena.allocate(ValueLayout.JAVA_FLOAT, (long) batch * width);
      SequencedMap<String, List<Double>> seconds = new LinkedHashMap<>();
      for (int round = 0; round < rounds(); round++) {
        source.next(x);
        start.scale(x);
        for (Map.Entry<String, Contender> contender : contenders.entrySet()) {
          long begin = System.nanoTime();
          contender.getValue().step(x);
          double took = (System.nanoTime() - begin) / 1e9;
          if (round >= WARM_UP) {
            seconds.computeIfAbsent(contender.getKey(), key -> new ArrayList<>()).add(took);
          }
        }
        listener.round(round + 1);
      }
      return fields(width, rows, seconds, own.figures());
    } finally {
      contenders.values().stream()
          .filter(contender -> contender != contenders.get(STEP)) // closed already
          .forEach(Contender::close);
    }
  }

  /**
   * Where a run begins, with some latents dead for good. Latents that no number selects get a bias
   * with which k of them are active, as a penalty leaves them in time.
   */
  private void prepare(TrainState state, StartingPoint start, BatchSource source) {
    start.applyTo(state);
    if (!options.architecture().selects()) {
      makeSparse(state, start, source);
    }
    long dead = Math.round(deadShare * options.latents());
    if (dead > 0) {
      try (PointerScope scope = new PointerScope()) {
        state.tensors().get("W_enc").narrow(0, 0, dead).mul_(new Scalar(FAINT));
        state
            .tensors()
            .get("tokens_since_fired")
            .narrow(0, 0, dead)
            .fill_(new Scalar(options.plan(state.width()).deadTokens()));
      }
    }
  }

  private void makeSparse(TrainState state, StartingPoint start, BatchSource source) {
    int d = state.width();
    Map<String, Tensor> weights = state.tensors();
    try (Arena arena = Arena.ofShared();
        PointerScope scope = new PointerScope()) {
      MemorySegment sample = arena.allocate(ValueLayout.JAVA_FLOAT, (long) SAMPLE_ROWS * d);
      source.seek(0);
      source.next(sample);
      source.seek(0);
      start.scale(sample);
      Tensor x = TensorMemory.tensor(sample, ScalarType.Float, SAMPLE_ROWS, d);
      Tensor scores = x.sub(weights.get("b_dec")).matmul(weights.get("W_enc").t()).flatten();
      long active = (long) SAMPLE_ROWS * options.k();
      double floor = scores.kthvalue(scores.numel() - active).get0().item_double();
      boolean jumps = options.architecture() == Architecture.JUMPRELU;
      double threshold = jumps ? options.firstThreshold() : 0;
      weights.get("b_enc").fill_(new Scalar(threshold - floor));
    }
  }

  private Map<String, Object> fields(
      int width, String rows, Map<String, List<Double>> seconds, List<StepFigures> figures) {
    Map<String, Double> medians = new LinkedHashMap<>();
    seconds.forEach((name, values) -> medians.put(name, Median.of(values, Double::doubleValue)));
    double step = medians.get(STEP);
    Map<String, Object> fields = new LinkedHashMap<>();
    Map<String, Object> shape = new LinkedHashMap<>();
    shape.put("d", width);
    shape.put("latents", options.latents());
    shape.put("k", options.k());
    shape.put("batch", options.batch());
    shape.put("architecture", options.toMap().get("architecture"));
    shape.put("matryoshka", options.matryoshka().toString());
    shape.put("multi_top_k", options.multiTopK());
    shape.put("aux", options.auxAlpha() > 0);
    shape.put("threads", threads);
    fields.put("shape", shape);
    fields.put("rows", rows);
    fields.put("repetitions", repetitions);
    medians.forEach((name, value) -> fields.put(name + "_s", value));
    fields.put("step_over_gemm", step / medians.get(GEMM));
    if (medians.containsKey(EXACT)) {
      fields.put("exact_over_gemm", medians.get(EXACT) / medians.get(GEMM));
    }
    if (medians.containsKey(NO_AUX)) {
      fields.put("aux_over_no_aux", step / medians.get(NO_AUX));
    }
    if (medians.containsKey(DENSE_PRODUCTS)) {
      fields.put("dense_products_over_step", medians.get(DENSE_PRODUCTS) / step);
      fields.put("l0", Median.of(figures, StepFigures::l0));
    }
    if (rivals()) {
      fields.put("dense_over_step", medians.get(DENSE) / step);
      fields.put("gathered_over_step", medians.get(GATHERED) / step);
    }
    List<StepFigures> timed = figures.subList(WARM_UP, figures.size());
    Map<String, Double> split = new LinkedHashMap<>();
    split.put("encode", part(timed, StepFigures.Times::encode));
    split.put("select", part(timed, StepFigures.Times::select));
    split.put("decode", part(timed, StepFigures.Times::decode));
    split.put("gradients", part(timed, StepFigures.Times::gradients));
    split.put("optimiser", part(timed, StepFigures.Times::optimiser));
    fields.put("split", split);
    fields.put("dead", timed.getLast().dead());
    Optional<ScreenFigures> screen = timed.getLast().screen();
    fields.put("screening", screen.isPresent() ? "int8" : "off");
    screen.ifPresent(
        last -> {
          fields.put("screen_recall", last.recall());
          fields.put("screen_recall_rows", last.sampleRows());
          fields.put("screen_candidates", last.candidates());
        });
    fields.put("tokens_per_s", options.batch() / step);
    fields.put("share_of_bound", medians.get(GEMM) / step);
    Cpu.peakMegabytes().ifPresent(megabytes -> fields.put("peak_mb", megabytes));
    fields.put("cpu", Cpu.name());
    return fields;
  }

  private static double part(List<StepFigures> figures, ToLongFunction<StepFigures.Times> part) {
    return Median.of(figures, f -> part.applyAsLong(f.times()) / 1e9);
  }
}
