package org.sememe.analysis.evaluation;

import java.util.List;

/**
 * A 95 % interval from the bootstrap: the 2.5th and 97.5th percentile of the statistic over
 * resamples of whole documents or contexts, because tokens of one document are not independent.
 *
 * @param low lower end
 * @param high upper end
 */
public record Interval(double low, double high) {
  /** {@code [low, high]} for JSON. */
  public List<Double> toList() {
    return List.of(low, high);
  }
}
