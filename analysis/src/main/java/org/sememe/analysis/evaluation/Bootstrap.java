package org.sememe.analysis.evaluation;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.sememe.tensors.RandomStream;

/**
 * Percentile intervals by resampling whole units (documents, contexts) with replacement. The same
 * units and seed give the same intervals.
 */
public record Bootstrap(int resamples, long seed) {
  private static final double TAIL = 0.025;

  /**
   * The interval of each statistic. Resamples in which a statistic is not defined (NaN) do not
   * count for it; without any other, its interval is NaN.
   *
   * @param units additive sums of each unit, all of the same length
   * @param statistics functions of the sums over a resample
   */
  public List<Interval> intervals(
      List<double[]> units, List<ToDoubleFunction<double[]>> statistics) {
    RandomStream random = RandomStream.of(seed).stream("bootstrap");
    double[][] drawn = new double[statistics.size()][resamples];
    for (int resample = 0; resample < resamples; resample++) {
      double[] sums = new double[units.getFirst().length];
      for (int draw = 0; draw < units.size(); draw++) {
        add(units.get(random.nextInt(units.size())), sums);
      }
      for (int statistic = 0; statistic < drawn.length; statistic++) {
        drawn[statistic][resample] = statistics.get(statistic).applyAsDouble(sums);
      }
    }
    return Arrays.stream(drawn).map(Bootstrap::interval).toList();
  }

  /** The sums over all units. */
  public static double[] total(List<double[]> units) {
    double[] sums = new double[units.getFirst().length];
    units.forEach(unit -> add(unit, sums));
    return sums;
  }

  private static void add(double[] unit, double[] sums) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += unit[i];
    }
  }

  private static Interval interval(double[] values) {
    double[] sorted = Arrays.stream(values).filter(value -> !Double.isNaN(value)).toArray();
    Arrays.sort(sorted);
    return new Interval(quantile(sorted, TAIL), quantile(sorted, 1 - TAIL));
  }

  /** Linear between the two values around it. */
  private static double quantile(double[] sorted, double share) {
    if (sorted.length == 0) {
      return Double.NaN;
    }
    double place = share * (sorted.length - 1);
    double below = sorted[(int) Math.floor(place)];
    double above = sorted[(int) Math.ceil(place)];
    // Not only to save work: the difference of two infinities is NaN.
    return below == above ? below : below + (place - Math.floor(place)) * (above - below);
  }
}
