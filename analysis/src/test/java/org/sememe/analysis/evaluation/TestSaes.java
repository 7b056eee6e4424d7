package org.sememe.analysis.evaluation;

import java.util.Map;
import java.util.Optional;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeConfig;
import org.sememe.sae.Sparsity;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;

/** Small dictionaries; the caller closes them. */
final class TestSaes {
  private TestSaes() {}

  /** {@code relu(x) - relu(-x)}: every row comes out as it went in. */
  static Sae identity(String hook, int width) {
    float[] matrix = bothSigns(width);
    return sae(hook, new Sparsity.Relu(), 2 * width, matrix, matrix.clone(), new float[width]);
  }

  /** Every row becomes {@code value}; the latents fire as the identity's do. */
  static Sae constant(String hook, float[] value) {
    int width = value.length;
    float[] matrix = bothSigns(width);
    float[] nothing = new float[matrix.length];
    return sae(hook, new Sparsity.Relu(), 2 * width, matrix, nothing, value);
  }

  private static float[] bothSigns(int width) {
    float[] matrix = new float[2 * width * width];
    for (int i = 0; i < width; i++) {
      matrix[i * width + i] = 1;
      matrix[(width + i) * width + i] = -1;
    }
    return matrix;
  }

  /** Random weights. */
  static Sae random(String hook, Sparsity sparsity, int width, int latents, RandomStream random) {
    return sae(
        hook,
        sparsity,
        latents,
        gaussians(random, latents * width, 1 / Math.sqrt(width)),
        gaussians(random, latents * width, 1 / Math.sqrt(width)),
        gaussians(random, width, 0.3));
  }

  static float[] gaussians(RandomStream random, int count, double deviation) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return values;
  }

  private static Sae sae(
      String hook, Sparsity sparsity, int latents, float[] encoder, float[] decoder, float[] bias) {
    int width = bias.length;
    return new Sae(
        new SaeConfig(width, latents, sparsity, false, hook, "", 1, Map.of()),
        TensorMemory.floats(encoder, latents, width),
        TensorMemory.floats(new float[latents], latents),
        TensorMemory.floats(decoder, latents, width),
        TensorMemory.floats(bias, width),
        Optional.empty());
  }
}
