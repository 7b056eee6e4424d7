package org.sememe.diffusion.schedule;

import java.util.Arrays;

/** Which of the trained timesteps a sampling in few steps visits. */
public enum Spacing {
  /** Even from the first to the last, both included. */
  LINSPACE("linspace"),
  /** Every {@code T / n}-th from the first: the last trained timestep is missed. */
  LEADING("leading"),
  /** Every {@code T / n}-th back from the last: pure noise is where it starts. */
  TRAILING("trailing");

  private final String key;

  Spacing(String key) {
    this.key = key;
  }

  /**
   * The spacing of that name in a {@code scheduler_config.json}.
   *
   * @throws IllegalArgumentException for one that is not known
   */
  public static Spacing named(String key) {
    return Arrays.stream(values())
        .filter(spacing -> spacing.key.equals(key))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "timestep spacing '"
                        + key
                        + "' is not known: use "
                        + Arrays.stream(values()).map(s -> s.key).toList()));
  }

  /**
   * {@code steps} timesteps of {@code trained}, falling.
   *
   * @param offset added to those of leading spacing
   */
  public double[] timesteps(int trained, int steps, int offset) {
    return switch (this) {
      case LINSPACE -> Grid.reversed(Grid.linspace(0, trained - 1.0, steps));
      case LEADING -> every(trained / steps, steps, offset);
      case TRAILING -> back(trained, (double) trained / steps, steps);
    };
  }

  /** {@code (n - 1) stride + offset, ..., stride + offset, offset}. */
  static double[] every(int stride, int n, int offset) {
    double[] timesteps = new double[n];
    Arrays.setAll(timesteps, i -> (double) (n - 1 - i) * stride + offset);
    return timesteps;
  }

  /** {@code from - 1, from - stride - 1, ...}, rounded. */
  static double[] back(int from, double stride, int n) {
    double[] timesteps = new double[n];
    Arrays.setAll(timesteps, i -> Math.rint(from - i * stride) - 1);
    return timesteps;
  }
}
