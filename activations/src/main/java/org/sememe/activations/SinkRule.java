package org.sememe.activations;

/**
 * Which rows are attention sinks by their size: those whose norm is over {@value #TIMES} times the
 * median norm so far. The median is exact to two percent: norms are counted in bins of equal width
 * on a logarithmic scale. Not thread-safe.
 */
public final class SinkRule {
  /** How many medians a row may measure. */
  public static final double TIMES = 10;

  private static final int BINS_PER_OCTAVE = 32;
  private static final int LOWEST_OCTAVE = -64;
  private static final int OCTAVES = 192;

  private final long[] counts = new long[OCTAVES * BINS_PER_OCTAVE];
  private long seen;
  private double limit = Double.POSITIVE_INFINITY;

  /** Takes the norms of more rows into the median; what is not finite is passed over. */
  public void add(double... norms) {
    for (double norm : norms) {
      if (Double.isFinite(norm)) {
        counts[bin(norm)]++;
        seen++;
      }
    }
    long before = 0;
    for (int bin = 0; bin < counts.length; bin++) {
      before += counts[bin];
      if (2 * before > seen) {
        double median = Math.pow(2, LOWEST_OCTAVE + (bin + 0.5) / BINS_PER_OCTAVE);
        limit = TIMES * median;
        return;
      }
    }
  }

  /** Whether a row of this norm is a sink. */
  public boolean sink(double norm) {
    return norm > limit;
  }

  private int bin(double norm) {
    if (norm <= 0) {
      return 0;
    }
    double octave = Math.log(norm) / Math.log(2) - LOWEST_OCTAVE;
    return Math.clamp((long) Math.floor(octave * BINS_PER_OCTAVE), 0, counts.length - 1);
  }
}
