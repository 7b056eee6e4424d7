package org.sememe.app.sweep;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.sememe.analysis.evaluation.EvaluationReport;
import org.sememe.analysis.evaluation.Interval;

/**
 * How one dictionary did on the held-out rows.
 *
 * @param fvu fraction of variance unexplained
 * @param fvuInterval its 95 % interval, low and high
 * @param l0 active latents a row
 * @param l0Interval its 95 % interval, low and high
 * @param deadShare share of the latents that fired on none of the rows
 * @param rows rows measured on
 * @param documents documents they come from
 * @param ceRecovered cross-entropy recovered; empty where no model was run, or zeroing the hook
 *     point costs nothing
 * @param ceRecoveredInterval its 95 % interval, low and high
 * @param spliceTokens tokens that the model predicted; 0 without a model
 * @param spliceContexts contexts they lie in
 */
public record SweepScores(
    double fvu,
    List<Double> fvuInterval,
    double l0,
    List<Double> l0Interval,
    double deadShare,
    long rows,
    long documents,
    OptionalDouble ceRecovered,
    Optional<List<Double>> ceRecoveredInterval,
    long spliceTokens,
    int spliceContexts) {

  public SweepScores {
    fvuInterval = List.copyOf(fvuInterval);
    l0Interval = List.copyOf(l0Interval);
  }

  /** The part of a report that a sweep compares. */
  public static SweepScores of(EvaluationReport report) {
    OptionalDouble recovered =
        report.splice().stream()
            .mapToDouble(s -> s.ceRecovered())
            .filter(Double::isFinite)
            .findAny();
    return new SweepScores(
        report.reconstruction().fvu(),
        report.reconstruction().fvuInterval().toList(),
        report.use().l0(),
        report.use().l0Interval().toList(),
        report.use().deadShare(),
        report.evalTokens(),
        report.evalDocuments(),
        recovered,
        report
            .splice()
            .filter(s -> recovered.isPresent())
            .map(s -> s.ceRecoveredInterval())
            .map(Interval::toList),
        report.splice().map(s -> s.tokens()).orElse(0L),
        report.splice().map(s -> s.contexts()).orElse(0));
  }
}
