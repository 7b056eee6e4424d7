package org.sememe.kernels;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * One step of Adam (Kingma and Ba 2015, without weight decay) over a run of values:
 *
 * <pre>
 * m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2
 * w -= lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
 * </pre>
 *
 * @param stepSize {@code lr / (1 - beta1^t)}
 * @param firstShare {@code 1 - beta1}, the gradient's share of the first moment
 * @param beta2 decay rate of the second moment
 * @param secondShare {@code 1 - beta2}
 * @param rootCorrection {@code sqrt(1 - beta2^t)}
 * @param epsilon added to the root
 * @param gradientScale what gradients are multiplied by first: the clipping factor
 */
public record Adam(
    float stepSize,
    float firstShare,
    float beta2,
    float secondShare,
    float rootCorrection,
    float epsilon,
    float gradientScale) {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;
  private static final ByteOrder ORDER = Lanes.ORDER;
  private static final MemorySegment ALL = Address.ALL;

  /** The step with number {@code t}, counted from 1. */
  public static Adam step(
      long t, double lr, double beta1, double beta2, double epsilon, double gradientScale) {
    return new Adam(
        (float) (lr / (1 - Math.pow(beta1, t))),
        (float) (1 - beta1),
        (float) beta2,
        (float) (1 - beta2),
        (float) Math.sqrt(1 - Math.pow(beta2, t)),
        (float) epsilon,
        (float) gradientScale);
  }

  /** Updates {@code n} float32 values from the first on. */
  public void update(Moments moments, MemorySegment gradients, int n) {
    update(moments, 0, gradients, 0, 0, n);
  }

  /**
   * Updates {@code n} values from byte {@code at} on with the gradients from byte {@code atG} on,
   * from which {@code along} times the weights is taken first.
   */
  void update(Moments moments, long at, MemorySegment gradients, long atG, float along, int n) {
    long weights = Address.of(moments.weights(), at, n);
    long first = Address.of(moments.first(), at, n);
    long second = Address.of(moments.second(), at, n);
    long slopes = Address.of(gradients, atG, n);
    int i = 0;
    long o = 0;
    // Vectors are made by the JDK's methods, never passed to one of ours: see RowProducts.
    for (; i <= n - Lanes.WIDTH; i += Lanes.WIDTH, o += Lanes.STEP) {
      FloatVector w = FloatVector.fromMemorySegment(SPECIES, ALL, weights + o, ORDER);
      FloatVector g =
          FloatVector.fromMemorySegment(SPECIES, ALL, slopes + o, ORDER)
              .sub(w.mul(along))
              .mul(gradientScale);
      FloatVector m = FloatVector.fromMemorySegment(SPECIES, ALL, first + o, ORDER);
      m = g.sub(m).mul(firstShare).add(m);
      m.intoMemorySegment(ALL, first + o, ORDER);
      FloatVector v =
          FloatVector.fromMemorySegment(SPECIES, ALL, second + o, ORDER)
              .mul(beta2)
              .add(g.mul(g).mul(secondShare));
      v.intoMemorySegment(ALL, second + o, ORDER);
      FloatVector root = v.sqrt().div(rootCorrection).add(epsilon);
      w.sub(m.div(root).mul(stepSize)).intoMemorySegment(ALL, weights + o, ORDER);
    }
    for (; i < n; i++, o += Float.BYTES) {
      float g = (Lanes.get(slopes + o) - Lanes.get(weights + o) * along) * gradientScale;
      move(weights + o, first + o, second + o, g);
    }
  }

  /** The same with gradients of 0: only the moments' decay moves the weights. */
  void coast(Moments moments, long at, int n) {
    long weights = Address.of(moments.weights(), at, n);
    long first = Address.of(moments.first(), at, n);
    long second = Address.of(moments.second(), at, n);
    int i = 0;
    long o = 0;
    for (; i <= n - Lanes.WIDTH; i += Lanes.WIDTH, o += Lanes.STEP) {
      FloatVector m = FloatVector.fromMemorySegment(SPECIES, ALL, first + o, ORDER);
      m = m.neg().mul(firstShare).add(m);
      m.intoMemorySegment(ALL, first + o, ORDER);
      FloatVector v = FloatVector.fromMemorySegment(SPECIES, ALL, second + o, ORDER).mul(beta2);
      v.intoMemorySegment(ALL, second + o, ORDER);
      FloatVector root = v.sqrt().div(rootCorrection).add(epsilon);
      FloatVector.fromMemorySegment(SPECIES, ALL, weights + o, ORDER)
          .sub(m.div(root).mul(stepSize))
          .intoMemorySegment(ALL, weights + o, ORDER);
    }
    for (; i < n; i++, o += Float.BYTES) {
      move(weights + o, first + o, second + o, 0f);
    }
  }

  private void move(long weight, long first, long second, float g) {
    float m = Lanes.get(first);
    m = (g - m) * firstShare + m;
    float v = Lanes.get(second) * beta2 + g * g * secondShare;
    float root = (float) Math.sqrt(v) / rootCorrection + epsilon;
    Lanes.set(first, m);
    Lanes.set(second, v);
    Lanes.set(weight, Lanes.get(weight) - m / root * stepSize);
  }
}
