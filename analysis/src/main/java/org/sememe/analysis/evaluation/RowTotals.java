package org.sememe.analysis.evaluation;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Running sums over rows in double precision; not thread-safe. */
final class RowTotals {
  // What is summed for each document.
  private static final int ERROR = 0;
  private static final int DEVIATION = 1;
  private static final int ACTIVE = 2;
  private static final int ROWS = 3;
  private static final int PRODUCT = 4;
  private static final int RECONSTRUCTED = 5;
  private static final int SUMS = 6;

  private static final ToDoubleFunction<double[]> FVU = sums -> sums[ERROR] / sums[DEVIATION];
  private static final ToDoubleFunction<double[]> L0 = sums -> sums[ACTIVE] / sums[ROWS];

  private static final ToDoubleFunction<double[]> GAMMA =
      sums -> sums[RECONSTRUCTED] == 0 ? 0 : sums[RECONSTRUCTED] / sums[PRODUCT];

  private final double[] mean;
  private final StoreHooks targets;
  private final double[][] parts;
  private final long[] firings;
  private final Map<Long, double[]> documents = new LinkedHashMap<>();
  private long rows;
  private double cosines;
  private double ratios;
  private long ratioRows;

  /**
   * @param mean m, the mean of all rows that will be added
   * @param targets what a row's values are of
   */
  RowTotals(double[] mean, int latents, StoreHooks targets) {
    this.mean = mean;
    this.targets = targets;
    this.parts = new double[targets.names().size()][SUMS];
    this.firings = new long[latents];
  }

  long rows() {
    return rows;
  }

  /** Counts a latent that fires on the row that is being added. */
  void fired(int latent) {
    firings[latent]++;
  }

  /**
   * Adds a row.
   *
   * @param active number of latents that fire on it
   */
  void add(long document, float[] x, float[] reconstruction, int active) {
    double error = 0;
    double deviation = 0;
    double dot = 0;
    double xSquared = 0;
    double reconstructionSquared = 0;
    int end = 0;
    for (int part = 0; part < parts.length; part++) {
      double errorBefore = error;
      double deviationBefore = deviation;
      int begin = end;
      end += targets.widths().get(part);
      for (int i = begin; i < end; i++) {
        double value = x[i];
        double other = reconstruction[i];
        error += (value - other) * (value - other);
        deviation += (value - mean[i]) * (value - mean[i]);
        dot += value * other;
        xSquared += value * value;
        reconstructionSquared += other * other;
      }
      parts[part][ERROR] += error - errorBefore;
      parts[part][DEVIATION] += deviation - deviationBefore;
    }
    double[] sums = documents.computeIfAbsent(document, key -> new double[SUMS]);
    sums[ERROR] += error;
    sums[DEVIATION] += deviation;
    sums[ACTIVE] += active;
    sums[ROWS]++;
    sums[PRODUCT] += dot;
    sums[RECONSTRUCTED] += reconstructionSquared;
    rows++;
    if (xSquared > 0) {
      ratios += Math.sqrt(reconstructionSquared) / Math.sqrt(xSquared);
      ratioRows++;
      if (reconstructionSquared > 0) {
        cosines += dot / (Math.sqrt(xSquared) * Math.sqrt(reconstructionSquared));
      }
    }
  }

  RowScores scores(Bootstrap bootstrap) {
    List<double[]> units = List.copyOf(documents.values());
    List<Interval> intervals = bootstrap.intervals(units, List.of(FVU, L0, GAMMA));
    double[] sums = Bootstrap.total(units);
    double fvu = FVU.applyAsDouble(sums);
    ReconstructionScores reconstruction =
        new ReconstructionScores(
            fvu,
            intervals.get(0),
            1 - fvu,
            sums[ERROR] / rows,
            cosines / rows,
            ratios / ratioRows,
            GAMMA.applyAsDouble(sums),
            intervals.get(2));
    LatentUse use =
        new LatentUse(
            L0.applyAsDouble(sums),
            intervals.get(1),
            Arrays.stream(firings).boxed().toList(),
            rows,
            Arrays.stream(firings).filter(count -> count == 0).count(),
            LatentUse.Histogram.of(firings, rows));
    Map<String, Double> byHook = new LinkedHashMap<>();
    Map<String, Double> spreads = new LinkedHashMap<>();
    for (int part = 0; part < parts.length && parts.length > 1; part++) {
      byHook.put(targets.names().get(part), FVU.applyAsDouble(parts[part]));
      spreads.put(targets.names().get(part), Math.sqrt(parts[part][DEVIATION] / rows));
    }
    return new RowScores(reconstruction, byHook, spreads, use, units.size());
  }
}
