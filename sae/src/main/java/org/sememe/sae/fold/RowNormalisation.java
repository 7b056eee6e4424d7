package org.sememe.sae.fold;

/**
 * A normalisation of inputs that depends on each row, so that no weights can stand for it: it is
 * applied before encoding and undone after decoding.
 */
public enum RowNormalisation {
  /** Rows as they are. */
  NONE,
  /**
   * The row's mean is subtracted and the rest divided by its standard deviation (of n - 1) plus
   * 1e-5; on the way out it is multiplied by the deviation alone, as SAELens does.
   */
  LAYER_NORM,
  /** Rows are scaled to the norm sqrt(d); a row of zeros stays one. */
  CONSTANT_NORM;

  private static final double EPSILON = 1e-5;

  /**
   * What a row is normalised by: {@code (x - offset) * inward}, undone by {@code x * outward +
   * offset}.
   */
  public record Frame(double offset, double inward, double outward) {}

  /** The frame of a row. */
  public Frame frame(float[] row) {
    return switch (this) {
      case NONE -> new Frame(0, 1, 1);
      case LAYER_NORM -> layerNorm(row);
      case CONSTANT_NORM -> {
        double outward = Math.sqrt(squares(row, 0) / row.length);
        yield new Frame(0, outward == 0 ? 0 : 1 / outward, outward);
      }
    };
  }

  private static Frame layerNorm(float[] row) {
    double sum = 0;
    for (float value : row) {
      sum += value;
    }
    double mean = sum / row.length;
    double deviation = Math.sqrt(squares(row, mean) / Math.max(1, row.length - 1));
    return new Frame(mean, 1 / (deviation + EPSILON), deviation);
  }

  private static double squares(float[] row, double mean) {
    double sum = 0;
    for (float value : row) {
      sum += (value - mean) * (value - mean);
    }
    return sum;
  }
}
