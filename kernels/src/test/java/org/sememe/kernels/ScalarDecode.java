package org.sememe.kernels;

/** The plain twin of {@link SparseDecode}. */
final class ScalarDecode {
  private ScalarDecode() {}

  /** {@code bias + sum_j values[j] * matrix[indices[j]]}, the terms in order, each fused. */
  static float[] row(int[] indices, float[] values, float[] matrix, float[] bias) {
    int d = bias.length;
    float[] out = bias.clone();
    for (int j = 0; j < indices.length; j++) {
      for (int i = 0; i < d && values[j] != 0; i++) {
        out[i] = Math.fma(values[j], matrix[indices[j] * d + i], out[i]);
      }
    }
    return out;
  }
}
