package org.sememe.kernels;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

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

  /** Updates {@code n} float32 values from byte {@code at} on of each segment. */
  public void update(
      MemorySegment weights,
      MemorySegment gradients,
      MemorySegment first,
      MemorySegment second,
      long at,
      int n) {
    int i = 0;
    long o = at;
    for (; i <= n - Lanes.WIDTH; i += Lanes.WIDTH, o += (long) Lanes.WIDTH * Float.BYTES) {
      move(weights, first, second, o, Lanes.load(gradients, o).mul(gradientScale));
    }
    for (; i < n; i++, o += Float.BYTES) {
      move(weights, first, second, o, Lanes.get(gradients, o) * gradientScale);
    }
  }

  /** The same with gradients of 0: only the moments' decay moves the weights. */
  public void coast(
      MemorySegment weights, MemorySegment first, MemorySegment second, long at, int n) {
    FloatVector zero = FloatVector.zero(Lanes.SPECIES);
    int i = 0;
    long o = at;
    for (; i <= n - Lanes.WIDTH; i += Lanes.WIDTH, o += (long) Lanes.WIDTH * Float.BYTES) {
      move(weights, first, second, o, zero);
    }
    for (; i < n; i++, o += Float.BYTES) {
      move(weights, first, second, o, 0f);
    }
  }

  private void move(
      MemorySegment weights, MemorySegment first, MemorySegment second, long o, FloatVector g) {
    FloatVector m = Lanes.load(first, o);
    m = g.sub(m).mul(firstShare).add(m);
    FloatVector v = Lanes.load(second, o).mul(beta2).add(g.mul(g).mul(secondShare));
    FloatVector root = v.sqrt().div(rootCorrection).add(epsilon);
    m.intoMemorySegment(first, o, Lanes.ORDER);
    v.intoMemorySegment(second, o, Lanes.ORDER);
    Lanes.load(weights, o)
        .sub(m.div(root).mul(stepSize))
        .intoMemorySegment(weights, o, Lanes.ORDER);
  }

  private void move(
      MemorySegment weights, MemorySegment first, MemorySegment second, long o, float g) {
    float m = Lanes.get(first, o);
    m = (g - m) * firstShare + m;
    float v = Lanes.get(second, o) * beta2 + g * g * secondShare;
    float root = (float) Math.sqrt(v) / rootCorrection + epsilon;
    Lanes.set(first, o, m);
    Lanes.set(second, o, v);
    Lanes.set(weights, o, Lanes.get(weights, o) - m / root * stepSize);
  }
}
