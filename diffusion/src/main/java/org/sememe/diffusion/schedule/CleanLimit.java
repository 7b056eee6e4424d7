package org.sememe.diffusion.schedule;

import java.util.Arrays;

/** Keeps predicted clean pictures in the range that pictures have. */
public sealed interface CleanLimit {
  /** Nothing is changed. */
  record None() implements CleanLimit {
    @Override
    public double[] apply(double[] clean, int samples) {
      return clean;
    }
  }

  /**
   * Values are cut at {@code -range} and {@code range}.
   *
   * @param range above 0
   */
  record Clip(double range) implements CleanLimit {
    public Clip {
      if (!(range > 0)) {
        throw new IllegalArgumentException("clip_sample_range " + range + " is not above 0");
      }
    }

    @Override
    public double[] apply(double[] clean, int samples) {
      return Arrays.stream(clean).map(value -> Math.clamp(value, -range, range)).toArray();
    }
  }

  /**
   * Dynamic thresholding (Saharia et al. 2022): each sample is cut at a quantile of its magnitudes,
   * kept between 1 and {@code largest}, and divided by it.
   *
   * @param share of magnitudes below the quantile, in [0, 1]
   * @param largest at least 1
   */
  record Quantile(double share, double largest) implements CleanLimit {
    public Quantile {
      if (!(share >= 0 && share <= 1 && largest >= 1)) {
        throw new IllegalArgumentException(
            "dynamic thresholding at quantile " + share + ", at most " + largest);
      }
    }

    @Override
    public double[] apply(double[] clean, int samples) {
      double[] limited = new double[clean.length];
      int size = clean.length / samples;
      for (int from = 0; from < clean.length; from += size) {
        double[] magnitudes = new double[size];
        for (int i = 0; i < size; i++) {
          magnitudes[i] = Math.abs(clean[from + i]);
        }
        Arrays.sort(magnitudes);
        double edge = Math.clamp(Grid.interpolate(magnitudes, share * (size - 1)), 1, largest);
        for (int i = from; i < from + size; i++) {
          limited[i] = Math.clamp(clean[i], -edge, edge) / edge;
        }
      }
      return limited;
    }
  }

  /**
   * The pictures within the limit; the argument is not changed.
   *
   * @param clean all samples, one after the other
   * @param samples how many
   */
  double[] apply(double[] clean, int samples);
}
