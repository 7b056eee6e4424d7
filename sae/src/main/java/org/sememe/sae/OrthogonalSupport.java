package org.sememe.sae;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A row's latents in {@link Sparsity.Omp}, fitted by least squares after each choice through a
 * growing Cholesky factor of their Gram matrix, in double.
 */
final class OrthogonalSupport extends Support {
  /** A row whose part beside the chosen ones is relatively smaller depends on them. */
  private static final double DEPENDENT = 1e-10;

  private final MemorySegment x;
  private final double[][] factor;
  private final double[] products;
  private double[] values = new double[0];

  OrthogonalSupport(
      MemorySegment decoder, MemorySegment x, MemorySegment residual, int k, double least) {
    super(decoder, residual, least);
    this.x = x;
    this.factor = new double[k][];
    this.products = new double[k];
  }

  @Override
  void take(int latent, float product) {
    if (place(latent) >= 0 || !grow(latent)) {
      stop(); // nothing more to gain but rounding
      return;
    }
    fit();
    for (int i = 0; i < width(); i++) {
      double left = x.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      for (int place = 0; place < size(); place++) {
        left -= values[place] * decoder(latent(place), i);
      }
      setResidual(i, left);
    }
    stopIfLittleIsLeft();
  }

  private boolean grow(int latent) {
    int n = size();
    double[] row = new double[n + 1];
    double norm = dot(latent, latent);
    double rest = norm;
    for (int j = 0; j < n; j++) {
      double sum = dot(latent, latent(j));
      for (int i = 0; i < j; i++) {
        sum -= row[i] * factor[j][i];
      }
      row[j] = sum / factor[j][j];
      rest -= row[j] * row[j];
    }
    if (!(rest > DEPENDENT * norm)) {
      return false;
    }
    row[n] = Math.sqrt(rest);
    factor[n] = row;
    for (int i = 0; i < width(); i++) {
      products[n] += (double) decoder(latent, i) * x.getAtIndex(ValueLayout.JAVA_FLOAT, i);
    }
    add(latent);
    return true;
  }

  private double dot(int a, int b) {
    double sum = 0;
    for (int i = 0; i < width(); i++) {
      sum += (double) decoder(a, i) * decoder(b, i);
    }
    return sum;
  }

  private void fit() {
    int n = size();
    double[] solved = new double[n];
    for (int i = 0; i < n; i++) {
      double sum = products[i];
      for (int j = 0; j < i; j++) {
        sum -= factor[i][j] * solved[j];
      }
      solved[i] = sum / factor[i][i];
    }
    for (int i = n - 1; i >= 0; i--) {
      for (int j = i + 1; j < n; j++) {
        solved[i] -= factor[j][i] * solved[j];
      }
      solved[i] /= factor[i][i];
    }
    values = solved;
  }

  @Override
  double value(int place) {
    return values[place];
  }
}
