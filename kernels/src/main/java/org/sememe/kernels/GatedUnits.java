package org.sememe.kernels;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * The neurons of a gated MLP, {@code silu(gate) * up} with {@code silu(g) = g / (1 + e^-g)}, in one
 * pass over memory. Stateless; several threads may work on different rows.
 */
public final class GatedUnits {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  private GatedUnits() {}

  /**
   * Puts the neurons where the gates were.
   *
   * @param rows {@code [n, 2 * width]} float32: gates, then ups
   * @param from the first row
   * @param to the row after the last
   */
  public static void silu(MemorySegment rows, int width, int from, int to) {
    long half = (long) width * Float.BYTES;
    for (int row = from; row < to; row++) {
      long gate = Address.of(rows, row * 2 * half, 2L * width);
      silu(gate, gate + half, width);
    }
  }

  private static void silu(long atGate, long atUp, int width) {
    int i = 0;
    for (; i < SPECIES.loopBound(width); i += SPECIES.length()) {
      long at = (long) i * Float.BYTES;
      FloatVector gate = FloatVector.fromMemorySegment(SPECIES, Address.ALL, atGate + at, ORDER);
      FloatVector up = FloatVector.fromMemorySegment(SPECIES, Address.ALL, atUp + at, ORDER);
      units(gate, up).intoMemorySegment(Address.ALL, atGate + at, ORDER);
    }
    if (i < width) {
      long at = (long) i * Float.BYTES;
      VectorMask<Float> rest = SPECIES.indexInRange(i, width);
      FloatVector gate =
          FloatVector.fromMemorySegment(SPECIES, Address.ALL, atGate + at, ORDER, rest);
      FloatVector up = FloatVector.fromMemorySegment(SPECIES, Address.ALL, atUp + at, ORDER, rest);
      units(gate, up).intoMemorySegment(Address.ALL, atGate + at, ORDER, rest);
    }
  }

  private static FloatVector units(FloatVector gate, FloatVector up) {
    return gate.mul(up).div(Exponential.of(gate.neg()).add(1f));
  }
}
