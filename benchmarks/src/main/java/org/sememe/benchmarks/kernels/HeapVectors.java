package org.sememe.benchmarks.kernels;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Vectors over segments of Java arrays, often enough to be in the JDK's profiles. */
final class HeapVectors {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
  private static final int CALLS = 100_000;

  private HeapVectors() {}

  static void run() {
    int length = SPECIES.length();
    for (MemorySegment memory :
        new MemorySegment[] {
          MemorySegment.ofArray(new float[length]),
          MemorySegment.ofArray(new byte[length * Float.BYTES])
        }) {
      for (int call = 0; call < CALLS; call++) {
        FloatVector.fromMemorySegment(SPECIES, memory, 0, ORDER)
            .add(1f)
            .intoMemorySegment(memory, 0, ORDER);
      }
    }
  }
}
