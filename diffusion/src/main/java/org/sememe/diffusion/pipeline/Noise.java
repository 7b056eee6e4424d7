package org.sememe.diffusion.pipeline;

import org.sememe.tensors.RandomStream;

/** The unit noise of a sampling: that of its start, and that of each step. */
public interface Noise {
  /** Where a sampling starts, {@code [size]}. */
  double[] start(int size);

  /** What is drawn at a step, {@code [size]}. */
  double[] step(int step, int size);

  /** The noise of a seed; the same on every machine. */
  static Noise seeded(long seed) {
    RandomStream random = RandomStream.of(seed).stream("sampling");
    return new Noise() {
      @Override
      public double[] start(int size) {
        return normal(random.stream("start"), size);
      }

      @Override
      public double[] step(int step, int size) {
        return normal(random.stream("steps").stream(step), size);
      }
    };
  }

  private static double[] normal(RandomStream random, int size) {
    double[] values = new double[size];
    for (int i = 0; i < size; i++) {
      values[i] = random.nextGaussian();
    }
    return values;
  }
}
