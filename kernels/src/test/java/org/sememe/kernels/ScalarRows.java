package org.sememe.kernels;

/** The plain twin of {@link DecoderRows}, in double precision. */
final class ScalarRows {
  private ScalarRows() {}

  static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  /** The gradient without what lies along the row. */
  static double[] project(double[] gradient, float[] row) {
    double norm = Math.sqrt(dot(row, row)) + 1e-6;
    double along = 0;
    for (int i = 0; i < row.length; i++) {
      along += gradient[i] * row[i] / norm;
    }
    double[] rest = new double[row.length];
    for (int i = 0; i < row.length; i++) {
      rest[i] = gradient[i] - along * row[i] / norm;
    }
    return rest;
  }

  /** The row at unit norm. */
  static double[] normalise(float[] row) {
    double norm = Math.sqrt(dot(row, row));
    double[] unit = new double[row.length];
    for (int i = 0; i < row.length; i++) {
      unit[i] = row[i] / norm;
    }
    return unit;
  }
}
