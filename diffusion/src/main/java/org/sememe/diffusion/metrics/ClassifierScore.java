package org.sememe.diffusion.metrics;

import java.util.stream.IntStream;

/**
 * {@code exp} of the mean over pictures of the divergence of their class probabilities from the
 * mean probabilities (Salimans et al. 2016; the inception score where Inception judges). Stateless.
 */
public final class ClassifierScore {
  private ClassifierScore() {}

  /** Probabilities of logits {@code [n, classes]}, row by row. */
  public static FeatureRows probabilities(FeatureRows logits) {
    int classes = logits.width();
    double[] result = new double[logits.values().length];
    for (int row = 0; row < logits.rows(); row++) {
      double largest = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < classes; c++) {
        largest = Math.max(largest, logits.at(row, c));
      }
      double sum = 0;
      for (int c = 0; c < classes; c++) {
        result[row * classes + c] = Math.exp(logits.at(row, c) - largest);
        sum += result[row * classes + c];
      }
      for (int c = 0; c < classes; c++) {
        result[row * classes + c] /= sum;
      }
    }
    return new FeatureRows(logits.rows(), classes, result);
  }

  /**
   * The score of each split: split i of s is rows {@code i n / s} to {@code (i + 1) n / s}.
   *
   * @param probabilities {@code [n, classes]}
   * @param splits 1 to n
   */
  public static double[] of(FeatureRows probabilities, int splits) {
    int n = probabilities.rows();
    if (splits < 1 || splits > n) {
      throw new IllegalArgumentException(splits + " splits of " + n + " pictures: use 1 to " + n);
    }
    return IntStream.range(0, splits)
        .mapToDouble(
            i -> score(probabilities, (int) ((long) i * n / splits), (int) ((i + 1L) * n / splits)))
        .toArray();
  }

  private static double score(FeatureRows p, int from, int to) {
    double[] mean = p.select(IntStream.range(from, to).toArray()).mean();
    double sum = 0;
    for (int row = from; row < to; row++) {
      for (int c = 0; c < p.width(); c++) {
        double here = p.at(row, c);
        sum += here == 0 ? 0 : here * (Math.log(here) - Math.log(mean[c]));
      }
    }
    return Math.exp(sum / (to - from));
  }
}
