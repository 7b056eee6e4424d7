package org.sememe.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Row arithmetic in vector lanes: the machine's widest, chosen once, or as many bits as the system
 * property {@value #PROPERTY} says (512, 256, 128, or 32 for no vectors at all): tests try every
 * width on any machine. Rows are float32 in native memory; an {@code at} is a byte offset. Sums run
 * in a fixed order of lanes, so the same width gives the same bits.
 */
final class Lanes {
  static final String PROPERTY = "sememe.lanes";
  private static final int SCALAR = Float.SIZE;

  /** More than any row has: no vector loop begins. */
  private static final int NEVER = 1 << 28;

  private static final int BITS =
      Integer.getInteger(PROPERTY, FloatVector.SPECIES_PREFERRED.vectorBitSize());
  static final VectorSpecies<Float> SPECIES = species(BITS);

  /** Floats in a vector; without vectors, more than any row has. */
  static final int WIDTH = BITS == SCALAR ? NEVER : SPECIES.length();

  static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ORDER);
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ORDER);
  private static final VectorShuffle<Float> EIGHT_ON = VectorShuffle.iota(SPECIES, 8, 1, true);
  private static final VectorShuffle<Float> FOUR_ON = VectorShuffle.iota(SPECIES, 4, 1, true);
  private static final VectorShuffle<Float> TWO_ON = VectorShuffle.iota(SPECIES, 2, 1, true);
  private static final VectorShuffle<Float> ONE_ON = VectorShuffle.iota(SPECIES, 1, 1, true);
  static final long STEP = (long) WIDTH * Float.BYTES;

  private Lanes() {}

  private static VectorSpecies<Float> species(int bits) {
    return switch (bits) {
      case 512 -> FloatVector.SPECIES_512;
      case 256 -> FloatVector.SPECIES_256;
      case 128, SCALAR -> FloatVector.SPECIES_128;
      default ->
          throw new IllegalArgumentException(
              "-D" + PROPERTY + "=" + bits + ": must be 512, 256, 128 or 32");
    };
  }

  static FloatVector load(long address) {
    return FloatVector.fromMemorySegment(SPECIES, Address.ALL, address, ORDER);
  }

  static float get(long address) {
    return Address.ALL.get(FLOAT, address);
  }

  static void set(long address, float value) {
    Address.ALL.set(FLOAT, address, value);
  }

  static int integer(long address) {
    return Address.ALL.get(INT, address);
  }

  static void setInteger(long address, int value) {
    Address.ALL.set(INT, address, value);
  }

  /**
   * The sum of a vector's lanes by halves. {@code reduceLanes} leaves the order open, and takes
   * another one interpreted than compiled: the same run would not give the same bits twice.
   */
  static float sum(FloatVector lanes) {
    FloatVector sums = lanes;
    if (SPECIES.length() > 8) {
      sums = sums.add(sums.rearrange(EIGHT_ON));
    }
    if (SPECIES.length() > 4) {
      sums = sums.add(sums.rearrange(FOUR_ON));
    }
    sums = sums.add(sums.rearrange(TWO_ON));
    return sums.add(sums.rearrange(ONE_ON)).lane(0);
  }

  /** The dot product of two rows of {@code d} values. */
  static float dot(MemorySegment a, long atA, MemorySegment b, long atB, int d) {
    long left = Address.of(a, atA, d);
    long right = Address.of(b, atB, d);
    FloatVector s0 = FloatVector.zero(SPECIES);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    int i = 0;
    long o = 0;
    for (; i <= d - 4 * WIDTH; i += 4 * WIDTH, o += 4 * STEP) {
      s0 = load(left + o).fma(load(right + o), s0);
      s1 = load(left + o + STEP).fma(load(right + o + STEP), s1);
      s2 = load(left + o + 2 * STEP).fma(load(right + o + 2 * STEP), s2);
      s3 = load(left + o + 3 * STEP).fma(load(right + o + 3 * STEP), s3);
    }
    for (; i <= d - WIDTH; i += WIDTH, o += STEP) {
      s0 = load(left + o).fma(load(right + o), s0);
    }
    float sum = sum(s0.add(s1).add(s2.add(s3)));
    for (; i < d; i++, o += Float.BYTES) {
      sum = Math.fma(get(left + o), get(right + o), sum);
    }
    return sum;
  }

  /** {@code y += scale * x} over rows of {@code d} values. */
  static void add(float scale, MemorySegment x, long atX, MemorySegment y, long atY, int d) {
    long from = Address.of(x, atX, d);
    long to = Address.of(y, atY, d);
    FloatVector s = FloatVector.broadcast(SPECIES, scale);
    int i = 0;
    long o = 0;
    for (; i <= d - WIDTH; i += WIDTH, o += STEP) {
      load(from + o).fma(s, load(to + o)).intoMemorySegment(Address.ALL, to + o, ORDER);
    }
    for (; i < d; i++, o += Float.BYTES) {
      set(to + o, Math.fma(get(from + o), scale, get(to + o)));
    }
  }

  /** {@code row *= scale} over {@code d} values. */
  static void scale(float scale, MemorySegment row, long at, int d) {
    long to = Address.of(row, at, d);
    FloatVector s = FloatVector.broadcast(SPECIES, scale);
    int i = 0;
    long o = 0;
    for (; i <= d - WIDTH; i += WIDTH, o += STEP) {
      load(to + o).mul(s).intoMemorySegment(Address.ALL, to + o, ORDER);
    }
    for (; i < d; i++, o += Float.BYTES) {
      set(to + o, get(to + o) * scale);
    }
  }

  /** {@code y = scale * x} over rows of {@code d} values. */
  static void put(float scale, MemorySegment x, long atX, MemorySegment y, long atY, int d) {
    long from = Address.of(x, atX, d);
    long to = Address.of(y, atY, d);
    FloatVector s = FloatVector.broadcast(SPECIES, scale);
    int i = 0;
    long o = 0;
    for (; i <= d - WIDTH; i += WIDTH, o += STEP) {
      load(from + o).mul(s).intoMemorySegment(Address.ALL, to + o, ORDER);
    }
    for (; i < d; i++, o += Float.BYTES) {
      set(to + o, get(from + o) * scale);
    }
  }
}
