package org.sememe.kernels;

/**
 * The plain twin of {@link ByteBounds}: one row, rounded a value at a time.
 *
 * @param rounded {@code [d]}, what the row became
 * @param left {@code [d]}, what rounding left of it: row minus rounded
 */
@SuppressWarnings("ArrayRecordComponent")
record ScalarBytes(double[] rounded, double[] left) {
  static ScalarBytes of(float[] row) {
    float largest = 0;
    for (float value : row) {
      largest = Math.max(largest, Math.abs(value));
    }
    float unit = (float) (largest / 127.0 / (1 << 24));
    double[] rounded = new double[row.length];
    double[] left = new double[row.length];
    double below = 0;
    for (int i = 0; i < row.length; i++) {
      below = i % 4 == 0 ? 0 : below;
      double steps = unit == 0 ? 0 : row[i] / ((double) unit * (1 << 24));
      long step = Math.clamp(Math.round(steps - below), -128, 127);
      // The bytes below a byte stay in its int, which becomes a float.
      rounded[i] = (double) unit * (float) ((step + below) * (1 << 24));
      left[i] = row[i] - rounded[i];
      below = ((step & 0xFF) + below) / 256;
    }
    return new ScalarBytes(rounded, left);
  }

  static double dot(double[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < b.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  static double norm(double[] a) {
    double squares = 0;
    for (double value : a) {
      squares += value * value;
    }
    return Math.sqrt(squares);
  }
}
