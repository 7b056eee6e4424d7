package org.sememe.app.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.sememe.training.TrainOptions;
import org.sememe.training.TrainPlan;

/**
 * What a comparison of quality found.
 *
 * @param bench what was asked for
 * @param store the rows' folder
 * @param hook their hook point
 * @param plan the options' automatic values
 * @param sememe our curve
 * @param dense the dense step's, if it was run
 */
public record QualityReport(
    QualityBench bench,
    Path store,
    String hook,
    TrainPlan plan,
    QualityCurve sememe,
    Optional<QualityCurve> dense) {

  /** Seconds to the target of the dense step over ours; empty where one never got there. */
  public OptionalDouble speedupToTarget() {
    OptionalDouble ours = sememe.secondsTo(bench.target());
    OptionalDouble theirs =
        dense.map(curve -> curve.secondsTo(bench.target())).orElse(OptionalDouble.empty());
    return ours.isPresent() && theirs.isPresent()
        ? OptionalDouble.of(theirs.getAsDouble() / ours.getAsDouble())
        : OptionalDouble.empty();
  }

  /** The report as JSON fields. */
  public Map<String, Object> fields() {
    TrainOptions options = bench.options();
    Map<String, Object> fields = new LinkedHashMap<>();
    Map<String, Object> shape = new LinkedHashMap<>();
    shape.put("d", plan.width());
    shape.put("latents", options.latents());
    shape.put("k", options.k());
    shape.put("batch", options.batch());
    shape.put("architecture", "topk");
    shape.put("threads", bench.threads());
    fields.put("shape", shape);
    fields.put("rows", hook + " of " + store + ", order of seed " + options.seed());
    fields.put("tokens", bench.steps() * options.batch());
    fields.put("options", options.toMap());
    fields.put("aux", aux(options));
    fields.put("screening", plan.screened() ? "int8" : "off");
    fields.put("learning_rate", plan.learningRate());
    fields.put("warmup_steps", plan.schedule().warmupSteps());
    fields.put("decay_steps", plan.schedule().decaySteps());
    fields.put("eval_rows", sememe.last().n());
    fields.put("eval_every_steps", bench.evalEvery());
    fields.put("target_fve", bench.target());
    fields.put("sememe", sememe.fields(bench.target()));
    dense.ifPresent(
        curve -> {
          Map<String, Object> theirs = curve.fields(bench.target());
          theirs.put("stopped_at_target", curve.last().step() < bench.steps());
          fields.put("dense", theirs);
          OptionalDouble speedup = speedupToTarget();
          fields.put("speedup_to_target", speedup.isPresent() ? speedup.getAsDouble() : null);
          fields.put("dense_over_step", secondsOverOurs(curve));
          fields.put("largest_fve_gap", largestGap(curve));
        });
    fields.put("repetitions", 1);
    fields.put("clock", "training only, from the first step, compilation included");
    fields.put("threads", bench.threads());
    fields.put("cpu", Cpu.name());
    return fields;
  }

  private static String aux(TrainOptions options) {
    if (options.auxAlpha() == 0) {
      return "off for both";
    }
    return options.auxRows().orElse(0) >= options.batch()
        ? "on for both, over all rows"
        : "on for both, over all rows in the dense step, over aux-rows in ours";
  }

  /**
   * The dense step's seconds over ours: the median over the spans between measurements that both
   * have. The first span, in which code is compiled, counts only where there is no other.
   */
  private double secondsOverOurs(QualityCurve theirs) {
    int count = Math.min(theirs.points().size(), sememe.points().size());
    List<Double> ratios = new ArrayList<>();
    for (int i = Math.min(2, count - 1); i < count; i++) {
      ratios.add(theirs.secondsOfSpan(i) / sememe.secondsOfSpan(i));
    }
    return Median.of(ratios, Double::doubleValue);
  }

  /** The largest difference of FVE after as many steps. */
  private double largestGap(QualityCurve theirs) {
    double gap = 0;
    for (int i = 0; i < Math.min(theirs.points().size(), sememe.points().size()); i++) {
      gap = Math.max(gap, Math.abs(theirs.points().get(i).fve() - sememe.points().get(i).fve()));
    }
    return gap;
  }

  /** The curves side by side, for people. */
  public List<String> table() {
    List<String> lines = new ArrayList<>();
    String head = String.format(Locale.ROOT, "%6s %10s %10s %8s", "step", "rows", "ours s", "fve");
    lines.add(dense.isPresent() ? head + String.format("%12s %8s", "dense s", "fve") : head);
    for (int i = 0; i < sememe.points().size(); i++) {
      QualityPoint ours = sememe.points().get(i);
      StringBuilder line = new StringBuilder();
      line.append(
          String.format(
              Locale.ROOT,
              "%6d %,10d %10.2f %8.4f",
              ours.step(),
              ours.rows(),
              ours.seconds(),
              ours.fve()));
      if (dense.isPresent() && i < dense.get().points().size()) {
        QualityPoint theirs = dense.get().points().get(i);
        line.append(String.format(Locale.ROOT, "%12.2f %8.4f", theirs.seconds(), theirs.fve()));
      }
      lines.add(line.toString());
    }
    lines.add(
        String.format(
            Locale.ROOT,
            "to FVE %.3f: ours %s, dense %s, speed-up %s",
            bench.target(),
            shown(sememe.secondsTo(bench.target()), " s"),
            shown(dense.map(d -> d.secondsTo(bench.target())).orElse(OptionalDouble.empty()), " s"),
            shown(speedupToTarget(), "")));
    return lines;
  }

  private static String shown(OptionalDouble value, String unit) {
    return value.isPresent()
        ? String.format(Locale.ROOT, "%.2f%s", value.getAsDouble(), unit)
        : "-";
  }

  /** The curves as lines of a CSV file, its head included. */
  public List<String> csv() {
    List<String> lines = new ArrayList<>();
    lines.add("contender,step,rows,train_s,fve,n");
    append(lines, "sememe", sememe);
    dense.ifPresent(curve -> append(lines, "dense", curve));
    return lines;
  }

  private static void append(List<String> lines, String name, QualityCurve curve) {
    for (QualityPoint point : curve.points()) {
      lines.add(
          String.format(
              Locale.ROOT,
              "%s,%d,%d,%s,%s,%d",
              name,
              point.step(),
              point.rows(),
              point.seconds(),
              point.fve(),
              point.n()));
    }
  }
}
