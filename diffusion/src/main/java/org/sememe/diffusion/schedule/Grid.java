package org.sememe.diffusion.schedule;

/** Rows of numbers, and values between them. */
final class Grid {
  private Grid() {}

  /**
   * {@code n} even numbers from {@code from} to {@code to}, both included; only from, if n is 1.
   */
  static double[] linspace(double from, double to, int n) {
    double[] values = new double[n];
    double step = n == 1 ? 0 : (to - from) / (n - 1);
    for (int i = 0; i < n; i++) {
      values[i] = i == n - 1 && n > 1 ? to : from + i * step;
    }
    return values;
  }

  /** The value at a fractional place of a table, between its neighbours; held at the ends. */
  static double interpolate(double[] table, double place) {
    if (place <= 0) {
      return table[0];
    }
    int low = (int) Math.min(Math.floor(place), table.length - 1.0);
    if (low == table.length - 1) {
      return table[low];
    }
    double share = place - low;
    return table[low] + (table[low + 1] - table[low]) * share;
  }

  static double[] reversed(double[] values) {
    double[] result = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = values[values.length - 1 - i];
    }
    return result;
  }
}
