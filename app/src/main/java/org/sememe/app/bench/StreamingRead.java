package org.sememe.app.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Reads a buffer from end to end as fast as one thread can, in four streams and the widest lanes:
 * what bounds all that has to read as much. Owns the buffer. One thread at a time.
 */
final class StreamingRead implements AutoCloseable {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
  private static final long STEP = SPECIES.vectorByteSize();
  private static final int STREAMS = 4;

  /** As kernels reach theirs: a segment that the compiler knows, whatever else the program has. */
  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private final Arena arena = Arena.ofShared();
  private final MemorySegment buffer;
  private final long stream;
  private final MemorySegment sums;

  /** A buffer of about so many bytes, written once so that the system backs it by memory. */
  StreamingRead(long bytes) {
    this.stream = Math.max(1, Math.ceilDiv(bytes, STREAMS * STEP)) * STEP;
    this.buffer = arena.allocate(STREAMS * stream, STEP).fill((byte) 1);
    this.sums = arena.allocate(STEP, STEP);
  }

  /** The buffer's size. */
  long bytes() {
    return buffer.byteSize();
  }

  /** Reads it once. */
  void read() {
    long start = buffer.address();
    FloatVector a = FloatVector.zero(SPECIES);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    for (long o = start; o < start + stream; o += STEP) {
      a = a.add(FloatVector.fromMemorySegment(SPECIES, ALL, o, ORDER));
      b = b.add(FloatVector.fromMemorySegment(SPECIES, ALL, o + stream, ORDER));
      c = c.add(FloatVector.fromMemorySegment(SPECIES, ALL, o + 2 * stream, ORDER));
      d = d.add(FloatVector.fromMemorySegment(SPECIES, ALL, o + 3 * stream, ORDER));
    }
    // Kept, or the compiler would see that nobody wants the sum.
    a.add(b).add(c.add(d)).intoMemorySegment(sums, 0, ORDER);
  }

  @Override
  public void close() {
    arena.close();
  }
}
