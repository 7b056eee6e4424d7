package org.sememe.analysis.evaluation;

import java.util.Arrays;
import java.util.List;
import org.sememe.sae.Sae;
import org.sememe.sae.Sparsity;
import org.sememe.tensors.TensorMemory;

/** The oracle: all latents of all rows, in double, by the definitions. */
record DenseScores(
    double fvu, double mse, double cosine, double l2Ratio, double gamma, List<Long> firings) {
  static DenseScores of(Sae sae, float[][] x, double[] mean) {
    double error = 0;
    double deviation = 0;
    double cosine = 0;
    double ratio = 0;
    int ratios = 0;
    double squares = 0;
    double products = 0;
    long[] firings = new long[sae.config().latents()];
    for (float[] row : x) {
      double[] latents = latents(sae, row);
      double[] other = decode(sae, latents);
      for (int i = 0; i < latents.length; i++) {
        firings[i] += latents[i] > 0 ? 1 : 0;
      }
      double rowNorm = 0;
      double otherNorm = 0;
      double dot = 0;
      for (int i = 0; i < row.length; i++) {
        error += Math.pow(row[i] - other[i], 2);
        deviation += Math.pow(row[i] - mean[i], 2);
        rowNorm += row[i] * (double) row[i];
        otherNorm += other[i] * other[i];
        dot += row[i] * other[i];
      }
      squares += otherNorm;
      products += dot;
      if (rowNorm > 0) {
        cosine += otherNorm > 0 ? dot / Math.sqrt(rowNorm * otherNorm) : 0;
        ratio += Math.sqrt(otherNorm / rowNorm);
        ratios++;
      }
    }
    return new DenseScores(
        error / deviation,
        error / x.length,
        cosine / x.length,
        ratio / ratios,
        squares / products,
        Arrays.stream(firings).boxed().toList());
  }

  /** The activations of all latents. */
  static double[] latents(Sae sae, float[] row) {
    float[] encoder = TensorMemory.floats(sae.encoder());
    float[] bias = TensorMemory.floats(sae.encoderBias());
    double[] latents = new double[bias.length];
    for (int latent = 0; latent < latents.length; latent++) {
      double sum = bias[latent];
      for (int i = 0; i < row.length; i++) {
        sum += encoder[latent * row.length + i] * (double) row[i];
      }
      latents[latent] = Math.max(sum, 0);
    }
    if (sae.config().sparsity() instanceof Sparsity.TopK(int k)) {
      double least = Arrays.stream(latents).sorted().skip(latents.length - k).findFirst().orElse(0);
      Arrays.setAll(latents, i -> latents[i] >= least ? latents[i] : 0);
    }
    return latents;
  }

  /** The reconstruction. */
  static double[] decode(Sae sae, double[] latents) {
    float[] decoder = TensorMemory.floats(sae.decoder());
    float[] bias = TensorMemory.floats(sae.decoderBias());
    double[] x = new double[bias.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = bias[i];
      for (int latent = 0; latent < latents.length; latent++) {
        x[i] += latents[latent] * decoder[latent * x.length + i];
      }
    }
    return x;
  }
}
