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
import java.util.function.DoubleSupplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.kernels.Workers;
import org.sememe.sae.ExactTopK;
import org.sememe.sae.Int8Screen;
import org.sememe.sae.LatentChunks;
import org.sememe.sae.ScreenedTopK;
import org.sememe.sae.TopKSelection;
import org.sememe.tensors.Int8Product;
import org.sememe.tensors.TensorMemory;
import org.sememe.training.BatchSource;
import org.sememe.training.StartingPoint;
import org.sememe.training.TrainOptions;
import org.sememe.training.TrainState;
import org.sememe.training.TrainStep;

/**
 * Ways to screen latents before their exact pre-activations are computed, each at several settings:
 * how many of the true active latents they find, and what they cost beside the exact selection. The
 * weights are those of a dictionary after some steps of training on the same rows.
 *
 * @param options of the training and the selection: latents, k, batch
 * @param steps of training before the measurement
 * @param repetitions timed rounds, at least 1; medians are told
 */
public record ScreenBench(TrainOptions options, int threads, int steps, int repetitions) {
  private static final double[] SIGMAS = {0, 1, 2, 3, 4, 6};
  private static final int[] BFLOAT_SHARES = {1, 2};
  private static final int[] PROJECTED = {2, 4, 8};
  private static final int[] PROJECTED_SHARES = {4, 8, 16, 32};

  /** Told when the training is done, and after every round. */
  @FunctionalInterface
  public interface Listener {
    void round(int done);
  }

  /** Rounds that a listener is told of. */
  public int rounds() {
    return repetitions + 1;
  }

  /**
   * One point of a curve.
   *
   * @param screen its name
   * @param setting what was set
   * @param recall share of the true active latents that it found
   * @param candidates latents a row whose pre-activations were computed exactly, on average
   * @param cost its time over the exact selection's, medians
   * @param rows that it was measured on
   */
  public record Point(
      String screen, String setting, double recall, double candidates, double cost, int rows) {
    /** As scripts read it. */
    public Map<String, Object> fields() {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("screen", screen);
      fields.put("setting", setting);
      fields.put("recall", recall);
      fields.put("candidates", candidates);
      fields.put("cost", cost);
      fields.put("rows", rows);
      return fields;
    }
  }

  /** What was measured, by hook point, as scripts read it. */
  public Map<String, Object> fields(String store, Map<String, List<Point>> curves) {
    List<Map<String, Object>> hooks = new ArrayList<>();
    curves.forEach(
        (hook, points) ->
            hooks.add(Map.of("hook", hook, "points", points.stream().map(Point::fields).toList())));
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("store", store);
    fields.put("latents", options.latents());
    fields.put("k", options.k());
    fields.put("batch", options.batch());
    fields.put("steps", steps);
    fields.put("repetitions", repetitions);
    fields.put("threads", threads);
    fields.put("cpu", Cpu.name());
    fields.put("hooks", hooks);
    return fields;
  }

  /** The curves on the rows of a source, which stays the caller's. */
  public List<Point> run(BatchSource source, Listener listener) {
    int width = source.width();
    try (Arena arena = Arena.ofShared();
        PointerScope scope = new PointerScope();
        TrainState state = TrainState.initial(options, width);
        Workers workers = new Workers(threads);
        LatentChunks chunks = new LatentChunks(options.batch(), options.latents())) {
      MemorySegment rows = train(arena, source, state);
      listener.round(1);
      Tensor x = TensorMemory.tensor(rows, ScalarType.Float, options.batch(), width);
      Tensor centred = x.sub(state.tensors().get("b_dec"));
      SequencedMap<String, Screen> screens = new LinkedHashMap<>();
      TopKSelection exact = new ExactTopK(workers, chunks, options.batch(), options.k());
      try {
        screens.put("", new Screen("", "", exact, () -> options.k()));
        addInt8(screens, workers, width);
        addBfloat(screens, workers);
        addProjected(screens, workers, centred);
        return measured(arena, screens, state, centred, listener);
      } finally {
        screens.values().forEach(screen -> screen.selection().close());
      }
    }
  }

  /** Trains exactly, and gives the next batch of rows. */
  private MemorySegment train(Arena arena, BatchSource source, TrainState state) {
    TrainOptions exact = options.with("screening", "off");
    StartingPoint start = StartingPoint.estimate(source, exact);
    start.applyTo(state);
    long values = (long) options.batch() * source.width();
    MemorySegment rows = arena.allocate(values * Float.BYTES, 64);
    try (TrainStep step = new TrainStep(state, exact, exact.plan(source.width()), threads)) {
      for (int i = 0; i <= steps; i++) {
        if (!source.next(rows)) {
          throw new IllegalStateException("the rows came to an end after step " + i);
        }
        start.scale(rows);
        if (i < steps) {
          step.step(rows);
        }
      }
    }
    return rows;
  }

  /** A selection with what it is called, and how to tell its candidates. */
  private record Screen(
      String name, String setting, TopKSelection selection, DoubleSupplier candidates) {}

  private void addInt8(SequencedMap<String, Screen> screens, Workers workers, int width) {
    Optional<Int8Product> product = Int8Product.onThisMachine();
    for (double sigmas : product.isPresent() ? SIGMAS : new double[0]) {
      Int8Screen int8 =
          new Int8Screen(workers, product.get(), options.batch(), width, options.latents(), sigmas);
      ScreenedTopK screen = new ScreenedTopK(workers, int8, options.batch(), options.k());
      String name = product.get().rightLimit() == 127 ? "int8" : "int8, weights in 7 bits";
      add(screens, new Screen(name, sigmas + " sigmas", screen, screen::candidates));
    }
  }

  private void addBfloat(SequencedMap<String, Screen> screens, Workers workers) {
    for (int share : BFLOAT_SHARES) {
      add(screens, candidateScreen("bf16", workers, new BfloatScores(), share, ""));
    }
  }

  private void addProjected(SequencedMap<String, Screen> screens, Workers workers, Tensor centred) {
    Tensor directions = ProjectedScores.directions(centred);
    for (int part : PROJECTED) {
      for (int share : PROJECTED_SHARES) {
        ScoreRule rule = ProjectedScores.onto(directions, part);
        add(screens, candidateScreen("projection", workers, rule, share, "d/" + part + ", "));
      }
    }
  }

  private Screen candidateScreen(
      String name, Workers workers, ScoreRule rule, int share, String prefix) {
    int most = Math.min(options.latents(), share * options.k());
    CandidateTopK selection =
        new CandidateTopK(workers, rule, options.batch(), options.latents(), options.k(), most);
    return new Screen(name, prefix + most + " candidates", selection, () -> most);
  }

  private static void add(SequencedMap<String, Screen> screens, Screen screen) {
    screens.put(screen.name() + screen.setting(), screen);
  }

  private List<Point> measured(
      Arena arena,
      SequencedMap<String, Screen> screens,
      TrainState state,
      Tensor centred,
      Listener listener) {
    Tensor encoder = state.tensors().get("W_enc");
    MemorySegment bias = TensorMemory.segment(state.tensors().get("b_enc"));
    Map<String, Codes> found = new LinkedHashMap<>();
    Map<String, List<Double>> seconds = new LinkedHashMap<>();
    for (int round = 0; round <= repetitions; round++) { // the first warms up
      for (Map.Entry<String, Screen> screen : screens.entrySet()) {
        Codes codes = found.computeIfAbsent(screen.getKey(), key -> Codes.room(arena, options));
        long begin = System.nanoTime();
        screen.getValue().selection().select(centred, encoder, bias, codes.indices, codes.values);
        double took = (System.nanoTime() - begin) / 1e9;
        if (round > 0) {
          seconds.computeIfAbsent(screen.getKey(), key -> new ArrayList<>()).add(took);
        }
      }
      listener.round(round + 1);
    }
    double whole = Median.of(seconds.get(""), Double::doubleValue);
    List<Point> points = new ArrayList<>();
    screens.forEach(
        (key, screen) ->
            points.add(
                new Point(
                    screen.name(),
                    screen.setting(),
                    found.get("").recall(found.get(key), options),
                    screen.candidates().getAsDouble(),
                    Median.of(seconds.get(key), Double::doubleValue) / whole,
                    options.batch())));
    return points.subList(1, points.size());
  }

  /** Codes of a batch {@code [batch, k]}. */
  private record Codes(MemorySegment indices, MemorySegment values) {
    static Codes room(Arena arena, TrainOptions options) {
      long places = (long) options.batch() * options.k();
      return new Codes(
          arena.allocate(ValueLayout.JAVA_INT, places),
          arena.allocate(ValueLayout.JAVA_FLOAT, places));
    }

    /** The share of these active latents that are among others. */
    double recall(Codes others, TrainOptions options) {
      int k = options.k();
      boolean[] there = new boolean[options.latents()];
      long all = 0;
      long hits = 0;
      for (long row = 0; row < options.batch(); row++) {
        others.mark(there, row * k, k, true);
        for (long place = row * k; place < (row + 1) * k; place++) {
          if (active(place)) {
            all++;
            hits += there[indices.getAtIndex(ValueLayout.JAVA_INT, place)] ? 1 : 0;
          }
        }
        others.mark(there, row * k, k, false);
      }
      return all == 0 ? 1 : (double) hits / all;
    }

    private void mark(boolean[] there, long from, int k, boolean value) {
      for (long place = from; place < from + k; place++) {
        if (active(place)) {
          there[indices.getAtIndex(ValueLayout.JAVA_INT, place)] = value;
        }
      }
    }

    private boolean active(long place) {
      return values.getAtIndex(ValueLayout.JAVA_FLOAT, place) > 0;
    }
  }
}
