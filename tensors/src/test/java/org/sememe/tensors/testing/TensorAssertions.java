package org.sememe.tensors.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.sememe.tensors.TensorMemory;

/** Comparisons of tensors for tests. */
public final class TensorAssertions {
  private TensorAssertions() {}

  /**
   * Fails unless the shapes are equal and no value differs by more than {@code relativeToMax} times
   * the largest finite magnitude of {@code expected}; NaN and infinities must be in the same
   * places.
   */
  public static void assertClose(Tensor actual, Tensor expected, double relativeToMax) {
    assertClose("tensor", actual, expected, relativeToMax);
  }

  /** As {@link #assertClose(Tensor, Tensor, double)}, with a name for the message. */
  public static void assertClose(
      String what, Tensor actual, Tensor expected, double relativeToMax) {
    assertThat(TensorMemory.shape(actual))
        .as("shape of %s", what)
        .isEqualTo(TensorMemory.shape(expected));
    assertClose(what, TensorMemory.doubles(actual), TensorMemory.doubles(expected), relativeToMax);
  }

  /** As {@link #assertClose(Tensor, Tensor, double)}, for arrays. */
  public static void assertClose(
      String what, float[] actual, float[] expected, double relativeToMax) {
    assertClose(what, doubles(actual), doubles(expected), relativeToMax);
  }

  /** As {@link #assertClose(Tensor, Tensor, double)}, for arrays. */
  public static void assertClose(
      String what, double[] actual, double[] expected, double relativeToMax) {
    assertThat(actual.length).as("values of %s", what).isEqualTo(expected.length);
    double largest =
        Arrays.stream(expected).filter(Double::isFinite).map(Math::abs).max().orElse(0);
    int worst = -1;
    double distance = largest * relativeToMax;
    for (int i = 0; i < actual.length; i++) {
      double here = distance(actual[i], expected[i]);
      if (here > distance) {
        distance = here;
        worst = i;
      }
    }
    if (worst >= 0) {
      throw new AssertionError(
          "%s: value %d is %s instead of %s: off by %.3g, where %.3g is allowed (%.3g of the largest, %s)"
              .formatted(
                  what,
                  worst,
                  actual[worst],
                  expected[worst],
                  distance,
                  largest * relativeToMax,
                  relativeToMax,
                  largest));
    }
  }

  /** Fails unless type, shape and every bit are equal; NaN equals the same NaN. */
  public static void assertSameBits(String what, Tensor actual, Tensor expected) {
    assertThat(actual.scalar_type().intern())
        .as("type of %s", what)
        .isEqualTo(expected.scalar_type().intern());
    assertThat(TensorMemory.shape(actual))
        .as("shape of %s", what)
        .isEqualTo(TensorMemory.shape(expected));
    try (Tensor left = actual.cpu();
        Tensor leftRows = left.contiguous();
        Tensor right = expected.cpu();
        Tensor rightRows = right.contiguous()) {
      long first = TensorMemory.segment(leftRows).mismatch(TensorMemory.segment(rightRows));
      assertThat(first).as("first byte of %s that differs", what).isEqualTo(-1);
    }
  }

  private static double distance(double actual, double expected) {
    if (actual == expected || Double.isNaN(actual) && Double.isNaN(expected)) {
      return 0;
    }
    double distance = Math.abs(actual - expected);
    return Double.isNaN(distance) ? Double.POSITIVE_INFINITY : distance;
  }

  private static double[] doubles(float[] values) {
    double[] wide = new double[values.length];
    Arrays.setAll(wide, i -> values[i]);
    return wide;
  }
}
