package org.sememe.diffusion.metrics;

/**
 * Features of pictures, one row each. Not copied: the caller does not change them.
 *
 * @param rows how many pictures
 * @param width features of each
 * @param values {@code [rows, width]}, row-major, finite
 */
@SuppressWarnings("ArrayRecordComponent") // large, and never compared
public record FeatureRows(int rows, int width, double[] values) {
  public FeatureRows {
    if (rows < 1 || width < 1 || values.length != (long) rows * width) {
      throw new IllegalArgumentException(
          values.length + " values are not " + rows + " rows of " + width + " features");
    }
    for (double value : values) {
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException("a feature is " + value + ": leave that picture out");
      }
    }
  }

  double at(int row, int column) {
    return values[row * width + column];
  }

  /** The mean of each feature, {@code [width]}. */
  public double[] mean() {
    double[] mean = new double[width];
    for (int row = 0; row < rows; row++) {
      for (int j = 0; j < width; j++) {
        mean[j] += at(row, j);
      }
    }
    for (int j = 0; j < width; j++) {
      mean[j] /= rows;
    }
    return mean;
  }

  /** Without its mean; {@code [rows, width]}. */
  double[] centred() {
    double[] mean = mean();
    double[] centred = values.clone();
    for (int i = 0; i < centred.length; i++) {
      centred[i] -= mean[i % width];
    }
    return centred;
  }

  /** The chosen rows. */
  public FeatureRows select(int[] chosen) {
    double[] selected = new double[chosen.length * width];
    for (int i = 0; i < chosen.length; i++) {
      System.arraycopy(values, chosen[i] * width, selected, i * width, width);
    }
    return new FeatureRows(chosen.length, width, selected);
  }

  double dot(int row, FeatureRows other, int otherRow) {
    double sum = 0;
    for (int j = 0; j < width; j++) {
      sum += at(row, j) * other.at(otherRow, j);
    }
    return sum;
  }

  /**
   * Between two rows, by differences: near points lose nothing, as they would by {@code |a|^2 +
   * |b|^2 - 2 ab}.
   */
  public double distance(int row, FeatureRows other, int otherRow) {
    double sum = 0;
    for (int j = 0; j < width; j++) {
      double difference = at(row, j) - other.at(otherRow, j);
      sum += difference * difference;
    }
    return Math.sqrt(sum);
  }

  void requireWidthOf(FeatureRows other) {
    if (width != other.width) {
      throw new IllegalArgumentException(
          "features of width " + width + " beside " + other.width + ": use one network for both");
    }
  }
}
