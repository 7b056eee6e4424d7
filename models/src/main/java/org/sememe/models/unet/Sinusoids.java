package org.sememe.models.unet;

import org.bytedeco.pytorch.Tensor;
import org.sememe.tensors.TensorMemory;

/**
 * Numbers as sines and cosines of growing wavelengths (Vaswani et al. 2017).
 *
 * @param width of an embedding; even
 * @param cosinesFirst whether cosines stand before sines
 * @param shift taken from half the width in the exponent's divisor
 */
record Sinusoids(int width, boolean cosinesFirst, double shift) {
  private static final double LONGEST = 10_000;

  Sinusoids {
    if (width < 2 || width % 2 != 0 || width / 2.0 <= shift) {
      throw new IllegalArgumentException(
          "sinusoids of width " + width + " with freq_shift " + shift);
    }
  }

  /** {@code [values, width]}, fp32, computed in float64. */
  Tensor of(double[] values) {
    int half = width / 2;
    float[] result = new float[values.length * width];
    for (int row = 0; row < values.length; row++) {
      for (int i = 0; i < half; i++) {
        double angle = values[row] * Math.exp(-Math.log(LONGEST) * i / (half - shift));
        int at = row * width + i;
        result[at + (cosinesFirst ? 0 : half)] = (float) Math.cos(angle);
        result[at + (cosinesFirst ? half : 0)] = (float) Math.sin(angle);
      }
    }
    return TensorMemory.floats(result, values.length, width);
  }
}
