package org.sememe.diffusion.metrics;

import java.util.Arrays;
import java.util.OptionalDouble;

/**
 * The mean of repeated measurements and how far they lie from it.
 *
 * @param mean of the values
 * @param deviation divided by n
 * @param sampleDeviation divided by n - 1; empty for one value
 * @param count how many values
 */
public record Spread(double mean, double deviation, OptionalDouble sampleDeviation, int count) {
  /** Of these values, one at least. */
  public static Spread of(double[] values) {
    int n = values.length;
    double mean = Arrays.stream(values).average().orElseThrow();
    double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    return new Spread(
        mean,
        Math.sqrt(squares / n),
        n == 1 ? OptionalDouble.empty() : OptionalDouble.of(Math.sqrt(squares / (n - 1))),
        n);
  }
}
