package org.sememe.analysis.evaluation;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.sememe.activations.Contexts;
import org.sememe.models.Forward;
import org.sememe.models.HookPlan;
import org.sememe.models.Network;
import org.sememe.models.StartBlock;
import org.sememe.models.TokenBatch;
import org.sememe.tensors.TensorMemory;

/**
 * Runs contexts as they are, with zeros at a hook point, and with each of some dictionaries'
 * reconstructions there, of what is at that point or at another. The clean run leaves what the hook
 * point's block reads, and the others start at that block. Two variants' logits are in memory at
 * once, not three. One thread at a time.
 */
final class Splice {
  // What is summed for each context.
  private static final int CLEAN = 0;
  private static final int SAE = 1;
  private static final int ZERO = 2;
  private static final int KL_SAE = 3;
  private static final int KL_ZERO = 4;
  private static final int TOKENS = 5;

  private static final ToDoubleFunction<double[]> RECOVERED =
      sums ->
          sums[ZERO] == sums[CLEAN]
              ? Double.NaN
              : (sums[ZERO] - sums[SAE]) / (sums[ZERO] - sums[CLEAN]);
  private static final ToDoubleFunction<double[]> KL = sums -> sums[KL_SAE] / sums[TOKENS];

  private final Network model;
  private final String read;
  private final String hook;
  private final List<Reconstructor> reconstructors;
  private final Contexts contexts;
  private final Prediction prediction;
  private final Optional<StartBlock> start;

  /**
   * A splice.
   *
   * @param read the hook point that the dictionaries read
   * @param hook the one that they reconstruct
   * @param prediction what the model is asked
   */
  Splice(
      Network model,
      String read,
      String hook,
      List<Reconstructor> reconstructors,
      Contexts contexts,
      Prediction prediction) {
    this.prediction = prediction;
    this.model = model;
    this.read = read;
    this.hook = hook;
    this.reconstructors = List.copyOf(reconstructors);
    this.contexts = contexts;
    this.start = StartBlock.of(model, hook);
  }

  /**
   * Each dictionary's scores over {@code list}, of which each context has a position to score.
   *
   * @param batch contexts run at once
   */
  List<SpliceScores> measure(
      List<SpliceContext> list, int batch, Bootstrap bootstrap, EvaluationListener listener) {
    List<List<double[]>> units = reconstructors.stream().map(r -> newUnits()).toList();
    for (int first = 0; first < list.size(); first += batch) {
      int end = Math.min(first + batch, list.size());
      List<List<double[]>> found = run(list.subList(first, end));
      for (int i = 0; i < found.size(); i++) {
        units.get(i).addAll(found.get(i));
      }
      listener.progress(end, list.size());
    }
    return units.stream().map(each -> scores(each, bootstrap)).toList();
  }

  private static List<double[]> newUnits() {
    return new ArrayList<>();
  }

  private SpliceScores scores(List<double[]> units, Bootstrap bootstrap) {
    List<Interval> intervals = bootstrap.intervals(units, List.of(RECOVERED, KL));
    double[] sums = Bootstrap.total(units);
    double tokens = sums[TOKENS];
    return new SpliceScores(
        prediction.what(),
        sums[CLEAN] / tokens,
        sums[SAE] / tokens,
        sums[ZERO] / tokens,
        RECOVERED.applyAsDouble(sums),
        intervals.get(0),
        KL.applyAsDouble(sums),
        intervals.get(1),
        sums[KL_ZERO] / tokens,
        (long) tokens,
        units.size());
  }

  /** For each dictionary the sums of each context of one batch. */
  private List<List<double[]>> run(List<SpliceContext> part) {
    List<Prediction.Question> questions =
        part.stream().map(one -> prediction.ask(one, contexts.tokens(one.index()))).toList();
    TokenBatch batch = TokenBatch.of(questions.stream().map(Prediction.Question::tokens).toList());
    Places places = Places.of(part, questions, batch.length());
    List<List<double[]>> sums =
        reconstructors.stream()
            .map(r -> part.stream().map(one -> new double[TOKENS + 1]).toList())
            .toList();
    HookPlan.Builder cleanPlan = HookPlan.builder().capture(hook).capture(read).logits();
    start.ifPresent(block -> cleanPlan.capture(block.residual()));
    try (PointerScope scope = new PointerScope();
        Forward clean = model.run(batch, cleanPlan.build())) {
      for (int i = 0; i < sums.size(); i++) {
        List<double[]> own = sums.get(i);
        try (PointerScope variant = new PointerScope()) {
          Tensor reconstructed = clean.activation(hook).clone();
          reconstruct(
              reconstructors.get(i),
              places.replaced(),
              TensorMemory.segment(clean.activation(read).contiguous()),
              TensorMemory.segment(reconstructed));
          compare(
              batch,
              clean,
              reconstructed,
              places,
              (place, ceClean, ceSae, kl) -> {
                double[] unit = own.get(places.context(place));
                unit[CLEAN] += ceClean;
                unit[SAE] += ceSae;
                unit[KL_SAE] += kl;
                unit[TOKENS]++;
              });
        }
      }
      try (PointerScope variant = new PointerScope()) {
        Tensor zeroed = clean.activation(hook).clone();
        zero(places.replaced(), TensorMemory.segment(zeroed));
        compare(
            batch,
            clean,
            zeroed,
            places,
            (place, ceClean, ceZero, kl) ->
                sums.forEach(
                    own -> {
                      double[] unit = own.get(places.context(place));
                      unit[ZERO] += ceZero;
                      unit[KL_ZERO] += kl;
                    }));
      }
    }
    return sums;
  }

  /** Runs the batch with {@code replacement} at the hook point, and compares with the clean run. */
  private void compare(
      TokenBatch batch,
      Forward clean,
      Tensor replacement,
      Places places,
      NextTokenScores.Sink sink) {
    HookPlan.Builder plan = HookPlan.builder().edit(hook, activation -> replacement).logits();
    start.ifPresent(block -> plan.startAt(block.layer(), clean.activation(block.residual())));
    try (Forward changed = model.run(batch, plan.build())) {
      NextTokenScores.compare(
          clean.logits(), changed.logits(), places.scored(), places.targets(), sink);
    }
  }

  /**
   * Puts reconstructions of some rows of {@code from} in the place of those of {@code to}, as many
   * at a time as there is room for.
   */
  private static void reconstruct(
      Reconstructor reconstructor, long[] rows, MemorySegment from, MemorySegment to) {
    long in = reconstructor.inputBytes();
    long out = reconstructor.outputBytes();
    for (int first = 0; first < rows.length; first += reconstructor.mostRows()) {
      int count = Math.min(reconstructor.mostRows(), rows.length - first);
      for (int i = 0; i < count; i++) {
        MemorySegment.copy(from, rows[first + i] * in, reconstructor.input(), i * in, in);
      }
      reconstructor.reconstruct(count);
      for (int i = 0; i < count; i++) {
        MemorySegment.copy(reconstructor.output(), i * out, to, rows[first + i] * out, out);
      }
    }
  }

  private void zero(long[] rows, MemorySegment activations) {
    long bytes = reconstructors.getFirst().outputBytes();
    for (long row : rows) {
      activations.asSlice(row * bytes, bytes).fill((byte) 0);
    }
  }
}
