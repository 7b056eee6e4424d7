package org.sememe.analysis.evaluation;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
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
 * Runs contexts as they are, with each of some dictionaries' reconstructions at its hook point, and
 * with zeros at each of these points. The clean run is one for all dictionaries: it leaves the
 * activations and what the hook points' blocks read, and the others start at these blocks. The run
 * with zeros is one for all dictionaries of a hook point. Two variants' logits are in memory at
 * once, not more. One thread at a time.
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
  private final List<Spliced> dictionaries;
  private final Contexts contexts;
  private final Prediction prediction;
  private final Map<String, Optional<StartBlock>> starts = new LinkedHashMap<>();

  /**
   * A splice.
   *
   * @param dictionaries of any hook points of the model
   * @param prediction what the model is asked
   */
  Splice(Network model, List<Spliced> dictionaries, Contexts contexts, Prediction prediction) {
    this.prediction = prediction;
    this.model = model;
    this.dictionaries = List.copyOf(dictionaries);
    this.contexts = contexts;
    for (Spliced one : dictionaries) {
      starts.computeIfAbsent(one.hook(), hook -> StartBlock.of(model, hook));
    }
  }

  /**
   * Each dictionary's scores over {@code list}, of which each context has a position to score.
   *
   * @param batch contexts run at once
   */
  List<SpliceScores> measure(
      List<SpliceContext> list, int batch, Bootstrap bootstrap, EvaluationListener listener) {
    List<List<double[]>> units = dictionaries.stream().map(one -> newUnits()).toList();
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
        dictionaries.stream()
            .map(each -> part.stream().map(one -> new double[TOKENS + 1]).toList())
            .toList();
    try (PointerScope scope = new PointerScope();
        Forward clean = model.run(batch, cleanPlan())) {
      for (int i = 0; i < sums.size(); i++) {
        replace(batch, clean, dictionaries.get(i), places, sums.get(i));
      }
      for (String hook : starts.keySet()) {
        zero(batch, clean, hook, places, sums);
      }
    }
    return sums;
  }

  /** Captures all that the other runs need. */
  private HookPlan cleanPlan() {
    HookPlan.Builder plan = HookPlan.builder().logits();
    dictionaries.forEach(one -> plan.capture(one.hook(), one.read()));
    starts.values().forEach(start -> start.ifPresent(block -> plan.capture(block.residual())));
    return plan.build();
  }

  /** Adds what a dictionary's reconstructions cost to its sums. */
  private void replace(
      TokenBatch batch, Forward clean, Spliced one, Places places, List<double[]> sums) {
    try (PointerScope variant = new PointerScope()) {
      Tensor reconstructed = clean.activation(one.hook()).clone();
      reconstruct(
          one.reconstructor(),
          places.replaced(),
          TensorMemory.segment(clean.activation(one.read()).contiguous()),
          TensorMemory.segment(reconstructed));
      compare(
          batch,
          clean,
          one.hook(),
          reconstructed,
          places,
          (place, ceClean, ceSae, kl) -> {
            double[] unit = sums.get(places.context(place));
            unit[CLEAN] += ceClean;
            unit[SAE] += ceSae;
            unit[KL_SAE] += kl;
            unit[TOKENS]++;
          });
    }
  }

  /** Adds what zeros at a hook point cost to the sums of all its dictionaries. */
  private void zero(
      TokenBatch batch, Forward clean, String hook, Places places, List<List<double[]>> sums) {
    List<List<double[]>> own =
        IntStream.range(0, dictionaries.size())
            .filter(i -> dictionaries.get(i).hook().equals(hook))
            .mapToObj(sums::get)
            .toList();
    try (PointerScope variant = new PointerScope()) {
      Tensor zeroed = clean.activation(hook).clone();
      MemorySegment values = TensorMemory.segment(zeroed);
      long bytes = values.byteSize() / batch.sequences() / batch.length();
      for (long row : places.replaced()) {
        values.asSlice(row * bytes, bytes).fill((byte) 0);
      }
      compare(
          batch,
          clean,
          hook,
          zeroed,
          places,
          (place, ceClean, ceZero, kl) ->
              own.forEach(
                  each -> {
                    double[] unit = each.get(places.context(place));
                    unit[ZERO] += ceZero;
                    unit[KL_ZERO] += kl;
                  }));
    }
  }

  /** Runs the batch with {@code replacement} at the hook point, and compares with the clean run. */
  private void compare(
      TokenBatch batch,
      Forward clean,
      String hook,
      Tensor replacement,
      Places places,
      NextTokenScores.Sink sink) {
    HookPlan.Builder plan = HookPlan.builder().edit(hook, activation -> replacement).logits();
    starts
        .get(hook)
        .ifPresent(block -> plan.startAt(block.layer(), clean.activation(block.residual())));
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
}
