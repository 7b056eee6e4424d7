package org.sememe.analysis.index;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** Where an activation stands among those of its latent on the indexed text. Thread-safe. */
public final class Quantiles {
  private final Map<Integer, List<Number>> histograms;

  Quantiles(Map<Integer, List<Number>> histograms) {
    this.histograms = histograms;
  }

  /**
   * The share of the latent's activations that are smaller, 0 to 1; within a bin of its histogram
   * as if they lay evenly.
   *
   * @param max the end of its histogram: its maximum on the indexed text
   * @return empty where the latent never fired on that text
   */
  public OptionalDouble of(int latent, double activation, double max) {
    List<Number> bins = histograms.get(latent);
    if (bins == null || !(max > 0)) {
      return OptionalDouble.empty();
    }
    double place = Math.clamp(activation / max, 0, 1) * bins.size();
    double below = 0;
    double all = 0;
    for (int bin = 0; bin < bins.size(); bin++) {
      double count = bins.get(bin).doubleValue();
      below += count * Math.clamp(place - bin, 0, 1);
      all += count;
    }
    return OptionalDouble.of(below / all);
  }
}
