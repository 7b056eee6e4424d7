package org.sememe.app.stages;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import org.sememe.analysis.evaluation.DecoderShare;
import org.sememe.analysis.evaluation.EvaluationReport;
import org.sememe.analysis.evaluation.Interval;
import org.sememe.analysis.evaluation.SpliceScores;
import org.sememe.analysis.index.DictionarySummary.Metric;

/** An evaluation as people read it: a few numbers, each with its interval and its sample. */
public final class Scores {
  private Scores() {}

  /** For the studio's pages. */
  public static List<Metric> metrics(EvaluationReport report) {
    long rows = report.evalTokens();
    String unit = report.split().replace('_', '-') + " tokens";
    List<Metric> metrics = new ArrayList<>();
    Interval fvu = report.reconstruction().fvuInterval();
    metrics.add(
        metric(
            "fve",
            report.reconstruction().fve(),
            new Interval(1 - fvu.high(), 1 - fvu.low()),
            rows,
            unit));
    metrics.add(metric("l0", report.use().l0(), report.use().l0Interval(), rows, unit));
    metrics.add(
        new Metric(
            "cosine",
            report.reconstruction().cosine(),
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            rows,
            unit));
    report
        .splice()
        .ifPresent(
            splice -> {
              metrics.add(
                  metric(
                      "ce_recovered",
                      splice.ceRecovered(),
                      splice.ceRecoveredInterval(),
                      splice.tokens(),
                      unit));
              metrics.add(metric("kl", splice.kl(), splice.klInterval(), splice.tokens(), unit));
            });
    return metrics;
  }

  /** For the terminal: one line a number. */
  public static List<String> table(EvaluationReport report) {
    List<String> lines = new ArrayList<>();
    String split = report.split().replace('_', '-');
    String rows =
        String.format(
            Locale.ROOT,
            "%,d %s tokens, %,d documents",
            report.evalTokens(),
            split,
            report.evalDocuments());
    Interval fvu = report.reconstruction().fvuInterval();
    lines.add(String.format(Locale.ROOT, ROW, "", "value", "95 % interval", "measured on"));
    lines.add(
        row(
            "variance explained (FVE)",
            report.reconstruction().fve(),
            new Interval(1 - fvu.high(), 1 - fvu.low()),
            rows));
    report
        .fvuByHook()
        .forEach((hook, alone) -> lines.add(row("  at " + hook, 1 - alone, NONE, rows)));
    report.decoderShareByHook().forEach((hook, share) -> lines.add(share(hook, share)));
    lines.add(
        row(
            "reconstruction bias (gamma)",
            report.reconstruction().gamma(),
            report.reconstruction().gammaInterval(),
            rows));
    lines.add(
        row("active latents a token (L0)", report.use().l0(), report.use().l0Interval(), rows));
    lines.add(
        String.format(
            Locale.ROOT,
            ROW,
            "latents that never fired",
            String.format(Locale.ROOT, "%.2f %%", 100 * report.use().deadShare()),
            "",
            rows));
    report.splice().ifPresent(splice -> lines.addAll(splice(splice, split)));
    return lines;
  }

  private static final Interval NONE = new Interval(Double.NaN, Double.NaN);

  private static String share(String hook, DecoderShare share) {
    return row(
        "decoder's share at " + hook,
        share.mean(),
        NONE,
        String.format(
            Locale.ROOT,
            "%,d latents that fired, %,d of them at %.0f %% or more",
            share.latents(),
            share.mostly(),
            100 * DecoderShare.MOSTLY));
  }

  private static final String ROW = "%-36s %10s  %-20s  %s";

  private static List<String> splice(SpliceScores splice, String split) {
    String sample =
        String.format(
            Locale.ROOT, "%,d %s tokens, %,d contexts", splice.tokens(), split, splice.contexts());
    return List.of(
        row("cross-entropy of " + splice.predicts() + ", clean", splice.ceClean(), NONE, sample),
        row("  with reconstructions", splice.ceSae(), NONE, sample),
        row("  with zeros", splice.ceZero(), NONE, sample),
        row("cross-entropy recovered", splice.ceRecovered(), splice.ceRecoveredInterval(), sample),
        row("KL from clean (nats)", splice.kl(), splice.klInterval(), sample));
  }

  private static String row(String name, double value, Interval interval, String sample) {
    return String.format(
        Locale.ROOT,
        ROW,
        name,
        String.format(Locale.ROOT, "%.4f", value),
        Double.isNaN(interval.low())
            ? ""
            : String.format(Locale.ROOT, "%.4f to %.4f", interval.low(), interval.high()),
        sample);
  }

  private static Metric metric(
      String name, double value, Interval interval, long sample, String unit) {
    return new Metric(
        name,
        value,
        OptionalDouble.of(interval.low()),
        OptionalDouble.of(interval.high()),
        sample,
        unit);
  }
}
