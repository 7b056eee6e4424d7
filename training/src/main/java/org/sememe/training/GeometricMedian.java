package org.sememe.training;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The point with the least sum of distances to some rows, by Weiszfeld's iteration from their mean:
 * at most {@value #ROUNDS} rounds, until it moves less than {@value #STILL}.
 */
final class GeometricMedian {
  private static final int ROUNDS = 100;
  private static final double STILL = 1e-5;

  private GeometricMedian() {}

  /** The median of {@code n} rows {@code [n, d]} float32. */
  static double[] of(MemorySegment rows, int n, int d) {
    double[] weights = new double[n];
    double[] guess = mean(rows, n, d);
    for (int round = 0; round < ROUNDS; round++) {
      double sum = 0;
      for (int row = 0; row < n; row++) {
        double squared = 0;
        for (int j = 0; j < d; j++) {
          double difference = value(rows, row, j, d) - guess[j];
          squared += difference * difference;
        }
        // A guess on a row stays there: give the row all but the whole weight.
        weights[row] = 1 / Math.max(Math.sqrt(squared), Double.MIN_NORMAL);
        sum += weights[row];
      }
      for (int row = 0; row < n; row++) {
        weights[row] /= sum;
      }
      double[] next = weighted(rows, weights, d);
      double moved = 0;
      for (int j = 0; j < d; j++) {
        moved += (next[j] - guess[j]) * (next[j] - guess[j]);
      }
      guess = next;
      if (Math.sqrt(moved) < STILL) {
        break;
      }
    }
    return guess;
  }

  /** The mean of {@code n} rows. */
  static double[] mean(MemorySegment rows, int n, int d) {
    double[] weights = new double[n];
    Arrays.fill(weights, 1.0 / n);
    return weighted(rows, weights, d);
  }

  private static double[] weighted(MemorySegment rows, double[] weights, int d) {
    double[] sum = new double[d];
    for (int row = 0; row < weights.length; row++) {
      for (int j = 0; j < d; j++) {
        sum[j] += weights[row] * value(rows, row, j, d);
      }
    }
    return sum;
  }

  private static float value(MemorySegment rows, int row, int j, int d) {
    return rows.getAtIndex(ValueLayout.JAVA_FLOAT, (long) row * d + j);
  }
}
