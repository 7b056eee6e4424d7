package org.sememe.diffusion.metrics;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.tensors.TensorMemory;

/**
 * The Frechet distance between two normal distributions with the sets' means and covariances
 * (Heusel et al. 2017; FID where the features are Inception's): {@code |mu_x - mu_y|^2 + tr C_x +
 * tr C_y - 2 tr (C_x C_y)^(1/2)}, covariances divided by n - 1.
 *
 * <p>The last trace is the sum of the singular values of {@code X Y^T / sqrt((n - 1)(m - 1))}, rows
 * centred: no square root of a matrix is taken, so that fewer rows than features, constant features
 * and equal sets are as exact as anything else.
 *
 * @param meanTerm of the means
 * @param traceX variance of the first set
 * @param traceY variance of the second
 * @param traceRoot {@code tr (C_x C_y)^(1/2)}
 */
public record FrechetDistance(double meanTerm, double traceX, double traceY, double traceRoot) {
  /**
   * Between two sets.
   *
   * @throws IllegalArgumentException for a set of one row, which has no covariance, or widths that
   *     differ
   */
  public static FrechetDistance between(FeatureRows x, FeatureRows y) {
    x.requireWidthOf(y);
    requireCovariance(x);
    requireCovariance(y);
    double[] meanX = x.mean();
    double[] meanY = y.mean();
    double meanTerm = 0;
    for (int j = 0; j < meanX.length; j++) {
      meanTerm += (meanX[j] - meanY[j]) * (meanX[j] - meanY[j]);
    }
    return new FrechetDistance(meanTerm, trace(x), trace(y), traceRoot(x, y));
  }

  private static void requireCovariance(FeatureRows x) {
    if (x.rows() < 2) {
      throw new IllegalArgumentException("one row has no covariance: need two pictures at least");
    }
  }

  /** The distance, at least 0 but for rounding. */
  public double value() {
    return meanTerm + traceX + traceY - 2 * traceRoot;
  }

  private static double trace(FeatureRows x) {
    return Arrays.stream(x.centred()).map(v -> v * v).sum() / (x.rows() - 1);
  }

  private static double traceRoot(FeatureRows x, FeatureRows y) {
    try (PointerScope scope = new PointerScope()) {
      return torch.linalg_svdvals(factor(x).matmul(factor(y).t())).sum().item_double();
    }
  }

  /**
   * A matrix F with {@code F^T F} the covariance, of as few rows as possible: the centred rows
   * themselves, or the triangle of their QR decomposition where there are more rows than features.
   */
  private static Tensor factor(FeatureRows x) {
    Tensor rows =
        TensorMemory.copy(
                MemorySegment.ofArray(x.centred()), ScalarType.Double, x.rows(), x.width())
            .div(new Scalar(Math.sqrt(x.rows() - 1.0)));
    return x.rows() <= x.width() ? rows : torch.linalg_qr(rows, "reduced").get1();
  }
}
