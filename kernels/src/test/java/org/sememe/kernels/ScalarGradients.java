package org.sememe.kernels;

import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * The plain twin of {@link LatentUpdate}'s gradients, in double precision.
 *
 * @param decoder {@code dW_dec [latents, d]}
 * @param encoder {@code dW_enc [latents, d]}
 * @param bias {@code db_enc [latents]}
 */
@SuppressWarnings("ArrayRecordComponent")
record ScalarGradients(double[] decoder, double[] encoder, double[] bias) {
  /** Of pairs that say their slopes, by how the norms of the rows of {@code weights} are kept. */
  static ScalarGradients of(
      List<List<ScalarPairs.Pair>> pairs,
      float[] x,
      float[] g,
      int d,
      float[] weights,
      DecoderNorm norm,
      float[] pull) {
    int latents = pairs.size();
    ScalarGradients sums =
        new ScalarGradients(new double[latents * d], new double[latents * d], new double[latents]);
    for (int latent = 0; latent < latents; latent++) {
      for (ScalarPairs.Pair pair : pairs.get(latent)) {
        double slope = pair.slope();
        for (int i = 0; i < d; i++) {
          double z = (double) pair.scale() * pair.value();
          sums.decoder[latent * d + i] += z * g[pair.gradientRow() * d + i];
          sums.encoder[latent * d + i] += slope * x[pair.inputRow() * d + i];
        }
        sums.bias[latent] += slope;
      }
      switch (norm) {
        case UNIT -> sums.project(latent, d, weights);
        case FREE -> {
          if (!pairs.get(latent).isEmpty()) {
            sums.pull(latent, d, weights, pull[latent]);
          }
        }
      }
    }
    return sums;
  }

  private void project(int latent, int d, float[] weights) {
    int at = latent * d;
    float[] row = Arrays.copyOfRange(weights, at, at + d);
    double[] rest = ScalarRows.project(Arrays.copyOfRange(decoder, at, at + d), row);
    System.arraycopy(rest, 0, decoder, at, d);
  }

  private void pull(int latent, int d, float[] weights, double pull) {
    float[] row = Arrays.copyOfRange(weights, latent * d, (latent + 1) * d);
    double length = Math.sqrt(ScalarRows.dot(row, row));
    for (int i = 0; i < d; i++) {
      decoder[latent * d + i] += pull * row[i] / length;
    }
  }

  /** The squared norm of both matrices. */
  double squaredNorm() {
    return DoubleStream.concat(Arrays.stream(decoder), Arrays.stream(encoder))
        .map(v -> v * v)
        .sum();
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
