package org.sememe.kernels;

import java.util.List;

/**
 * The plain twin of {@link SparseGradients}, in double precision.
 *
 * @param decoder {@code dW_dec [latents, d]}
 * @param encoder {@code dW_enc [latents, d]}
 * @param bias {@code db_enc [latents]}
 */
@SuppressWarnings("ArrayRecordComponent")
record ScalarGradients(double[] decoder, double[] encoder, double[] bias) {
  static ScalarGradients of(
      List<List<ScalarPairs.Pair>> pairs, float[] x, float[] g, int d, float[] weights) {
    int latents = pairs.size();
    ScalarGradients sums =
        new ScalarGradients(new double[latents * d], new double[latents * d], new double[latents]);
    for (int latent = 0; latent < latents; latent++) {
      for (ScalarPairs.Pair pair : pairs.get(latent)) {
        double dz = 0;
        for (int i = 0; i < d; i++) {
          dz += (double) weights[latent * d + i] * g[pair.row() * d + i];
        }
        for (int i = 0; i < d; i++) {
          sums.decoder[latent * d + i] += (double) pair.value() * g[pair.row() * d + i];
          sums.encoder[latent * d + i] += dz * x[pair.row() * d + i];
        }
        sums.bias[latent] += dz;
      }
    }
    return sums;
  }

  /** {@code out + scale * sum_i weights[i] * matrix[i]}. */
  static double[] addWeightedRows(float scale, float[] weights, float[] matrix, float[] out) {
    double[] sums = new double[out.length];
    for (int j = 0; j < out.length; j++) {
      sums[j] = out[j];
      for (int i = 0; i < weights.length; i++) {
        if (weights[i] != 0) {
          sums[j] += (double) scale * weights[i] * matrix[i * out.length + j];
        }
      }
    }
    return sums;
  }
}
