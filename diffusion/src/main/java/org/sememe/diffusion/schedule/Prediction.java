package org.sememe.diffusion.schedule;

import java.util.Arrays;

/**
 * What a network tells of {@code x = alpha x0 + sigma eps}. Each of the three gives the other two;
 * epsilon gives no x0 where alpha is 0.
 */
public enum Prediction {
  /** The noise eps. */
  EPSILON("epsilon"),
  /** {@code v = alpha eps - sigma x0} (Salimans and Ho 2022). */
  V("v_prediction"),
  /** The clean picture x0. */
  SAMPLE("sample");

  private final String key;

  Prediction(String key) {
    this.key = key;
  }

  /**
   * The prediction of that name in a {@code scheduler_config.json}.
   *
   * @throws IllegalArgumentException for one that is not known
   */
  public static Prediction named(String key) {
    return Arrays.stream(values())
        .filter(prediction -> prediction.key.equals(key))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "prediction '"
                        + key
                        + "' is not known: use "
                        + Arrays.stream(values()).map(p -> p.key).toList()));
  }

  /** The clean picture that an output means at {@code x}. */
  public double[] clean(double[] x, double[] output, double alpha, double sigma) {
    return switch (this) {
      case EPSILON -> Combination.of(1 / alpha, x, -sigma / alpha, output);
      case V -> Combination.of(alpha, x, -sigma, output);
      case SAMPLE -> output;
    };
  }

  /** The noise that an output means at {@code x}. */
  public double[] noise(double[] x, double[] output, double alpha, double sigma) {
    return switch (this) {
      case EPSILON -> output;
      case V -> Combination.of(sigma, x, alpha, output);
      case SAMPLE -> Combination.of(1 / sigma, x, -alpha / sigma, output);
    };
  }
}
