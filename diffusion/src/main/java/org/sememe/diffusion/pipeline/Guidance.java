package org.sememe.diffusion.pipeline;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Classifier-free guidance (Ho and Salimans 2022): {@code n + scale (p - n)}, where p is told the
 * condition and n its opposite or nothing.
 *
 * @param scale up to 1 for none
 * @param rescale the share of the result that is brought to p's deviation (Lin et al. 2023)
 */
public record Guidance(double scale, double rescale) {
  /** No guidance: one pass a step. */
  public static final Guidance NONE = new Guidance(0, 0);

  public Guidance {
    if (!Double.isFinite(scale) || !(rescale >= 0 && rescale <= 1)) {
      throw new IllegalArgumentException(
          "guidance " + scale + " rescaled by " + rescale + ", need a number and 0 to 1");
    }
  }

  /** Whether it does anything. */
  public boolean on() {
    return scale > 1;
  }

  /** The guided output of both halves, negative first, {@code [2 * samples, ...]}. */
  Tensor combine(Tensor both) {
    long samples = both.size(0) / 2;
    Tensor negative = both.narrow(0, 0, samples);
    Tensor positive = both.narrow(0, samples, samples);
    Tensor guided = negative.add(positive.sub(negative).mul(new Scalar(scale)));
    if (rescale == 0) {
      return guided;
    }
    Tensor factor = deviations(positive).div(deviations(guided)).mul(new Scalar(rescale));
    return guided.mul(factor.add(new Scalar(1 - rescale)));
  }

  private static Tensor deviations(Tensor x) {
    return x.flatten(1, -1).std(new long[] {1}, true, true).reshape(x.size(0), 1, 1, 1);
  }
}
