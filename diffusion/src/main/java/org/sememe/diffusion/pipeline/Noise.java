package org.sememe.diffusion.pipeline;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
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

  /**
   * Noise on the great circle from one noise to another, so that it is as large as they are
   * (spherical interpolation, Shoemake 1985): at 0 the one, at 1 the other.
   *
   * @param share of the way, 0 to 1
   */
  static Noise between(Noise from, Noise to, double share) {
    return new Noise() {
      @Override
      public double[] start(int size) {
        return interpolated(from.start(size), to.start(size), share);
      }

      @Override
      public double[] step(int step, int size) {
        return interpolated(from.step(step, size), to.step(step, size), share);
      }
    };
  }

  /** Noise of several pictures, each with its own, one after the other. */
  static Noise ofEach(List<Noise> pictures) {
    return new Noise() {
      @Override
      public double[] start(int size) {
        return joined(size, noise -> noise.start(size / pictures.size()));
      }

      @Override
      public double[] step(int step, int size) {
        return joined(size, noise -> noise.step(step, size / pictures.size()));
      }

      private double[] joined(int size, Function<Noise, double[]> one) {
        if (size % pictures.size() != 0) {
          throw new IllegalArgumentException(
              size + " values are not " + pictures.size() + " pictures");
        }
        return pictures.stream().map(one).flatMapToDouble(Arrays::stream).toArray();
      }
    };
  }

  private static double[] interpolated(double[] a, double[] b, double share) {
    double along = 0;
    double lengthA = 0;
    double lengthB = 0;
    for (int i = 0; i < a.length; i++) {
      along += a[i] * b[i];
      lengthA += a[i] * a[i];
      lengthB += b[i] * b[i];
    }
    double angle = Math.acos(Math.clamp(along / Math.sqrt(lengthA * lengthB), -1.0, 1.0));
    // The same direction twice has no circle: a straight line is the limit.
    boolean straight = Math.sin(angle) < 1e-9;
    double ofA = straight ? 1 - share : Math.sin((1 - share) * angle) / Math.sin(angle);
    double ofB = straight ? share : Math.sin(share * angle) / Math.sin(angle);
    double[] mixed = new double[a.length];
    Arrays.setAll(mixed, i -> ofA * a[i] + ofB * b[i]);
    return mixed;
  }

  private static double[] normal(RandomStream random, int size) {
    double[] values = new double[size];
    for (int i = 0; i < size; i++) {
      values[i] = random.nextGaussian();
    }
    return values;
  }
}
