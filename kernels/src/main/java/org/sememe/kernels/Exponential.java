package org.sememe.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * e to the x in vector lanes, right to about one unit in the last place from -87.3 to 88; beyond
 * these as at them. A NaN stays one. Stateless.
 */
final class Exponential {
  private static final float LOWEST = -87.3f;
  private static final float HIGHEST = 88f;
  private static final float LOG2_E = 1.44269504f;

  /** ln 2 as a short number and the rest: products of the short one with an exponent are exact. */
  private static final float LN_2_SHORT = 0.693359375f;

  private static final float LN_2_REST = -2.12194440e-4f;

  /** Adding 1.5 * 2^23 rounds to a whole number and leaves it in the lowest bits. */
  private static final float ROUNDER = 12_582_912f;

  private static final int MANTISSA_BITS = 23;
  private static final int BITS_OF_ONE = 0x3F800000;

  private Exponential() {}

  /** e to each lane: 2^n times a polynomial in what is left, which is at most ln 2 / 2. */
  static FloatVector of(FloatVector x) {
    VectorSpecies<Float> species = x.species();
    FloatVector in = x.max(LOWEST).min(HIGHEST);
    FloatVector rounded =
        in.fma(FloatVector.broadcast(species, LOG2_E), FloatVector.broadcast(species, ROUNDER));
    FloatVector n = rounded.sub(ROUNDER);
    FloatVector left = n.fma(FloatVector.broadcast(species, -LN_2_SHORT), in);
    left = n.fma(FloatVector.broadcast(species, -LN_2_REST), left);
    FloatVector sum = FloatVector.broadcast(species, 1.9875691500e-4f);
    sum = sum.fma(left, FloatVector.broadcast(species, 1.3981999507e-3f));
    sum = sum.fma(left, FloatVector.broadcast(species, 8.3334519073e-3f));
    sum = sum.fma(left, FloatVector.broadcast(species, 4.1665795894e-2f));
    sum = sum.fma(left, FloatVector.broadcast(species, 1.6666665459e-1f));
    sum = sum.fma(left, FloatVector.broadcast(species, 5.0000001201e-1f));
    sum = sum.fma(left.mul(left), left.add(1f));
    FloatVector power =
        rounded
            .reinterpretAsInts()
            .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
            .add(BITS_OF_ONE)
            .reinterpretAsFloats();
    return sum.mul(power);
  }
}
