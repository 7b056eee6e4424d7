package org.sememe.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Rows rounded to int8, symmetrically, each with a scale of its own: {@code w ~ scale * q} with
 * {@code |q| <= limit} and {@code scale = max |w| / limit}. Owns its memory. Rows may be rounded by
 * several threads, each row by one.
 */
public final class Int8Rows implements AutoCloseable {
  /** Adding it leaves a small number, rounded to the nearest even, in the lowest bits. */
  private static final float ROUNDER = 0x1.8p23f;

  private static final int ROUNDER_BITS = Float.floatToRawIntBits(ROUNDER);

  /** A vector of floats has too few bytes below 8 lanes: those are rounded one by one. */
  private static final boolean VECTORS = Lanes.WIDTH == 8 || Lanes.WIDTH == 16;

  private static final VectorSpecies<Byte> BYTES =
      Lanes.WIDTH == 16 ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;

  private final int d;
  private final int limit;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment values;
  private final MemorySegment scales;
  private final float[] norms;

  /** Room for {@code rows} rows of {@code d} values, of absolute values up to {@code limit}. */
  public Int8Rows(int rows, int d, int limit) {
    this.d = d;
    this.limit = limit;
    this.values = arena.allocate((long) rows * d, 64);
    this.scales = arena.allocate((long) rows * Float.BYTES, 64);
    this.norms = new float[rows];
  }

  /** The rounded values, int8 {@code [rows, d]}. */
  public MemorySegment values() {
    return values;
  }

  /** Their scales, float32 {@code [rows]}. */
  public MemorySegment scales() {
    return scales;
  }

  /** A row's scale. */
  public float scale(int row) {
    return scales.getAtIndex(ValueLayout.JAVA_FLOAT, row);
  }

  /** A row's norm before it was rounded. */
  public float norm(int row) {
    return norms[row];
  }

  /**
   * Rounds rows {@code from} to {@code to}. A row with a NaN or an infinity gets values and a scale
   * that mean nothing.
   *
   * @param source float32 {@code [rows, d]}
   */
  public void round(MemorySegment source, int from, int to) {
    for (int row = from; row < to; row++) {
      long at = (long) row * d * Float.BYTES;
      long start = Address.of(source, at, d);
      float largest = largest(start);
      float inverse = largest > 0 ? limit / largest : 0;
      round(start, inverse, Address.ofBytes(values, (long) row * d, d));
      scales.setAtIndex(ValueLayout.JAVA_FLOAT, row, largest / limit);
      norms[row] = (float) Math.sqrt(Lanes.dot(source, at, source, at, d));
    }
  }

  private float largest(long from) {
    FloatVector most = FloatVector.zero(Lanes.SPECIES);
    int i = 0;
    long o = from;
    for (; i <= d - Lanes.WIDTH; i += Lanes.WIDTH, o += Lanes.STEP) {
      most = most.max(Lanes.load(o).abs());
    }
    float largest = most.reduceLanes(VectorOperators.MAX); // the order of a maximum is no matter
    for (; i < d; i++, o += Float.BYTES) {
      largest = Math.max(largest, Math.abs(Lanes.get(o)));
    }
    return largest;
  }

  private void round(long from, float inverse, long to) {
    int i = 0;
    if (VECTORS) {
      for (; i <= d - Lanes.WIDTH; i += Lanes.WIDTH) {
        Lanes.load(from + (long) i * Float.BYTES)
            .mul(inverse)
            .add(ROUNDER)
            .reinterpretAsInts()
            .convertShape(VectorOperators.I2B, BYTES, 0)
            .reinterpretAsBytes()
            .intoMemorySegment(Address.ALL, to + i, Lanes.ORDER);
      }
    }
    for (; i < d; i++) {
      float rounded = Lanes.get(from + (long) i * Float.BYTES) * inverse + ROUNDER;
      Address.ALL.set(
          ValueLayout.JAVA_BYTE, to + i, (byte) (Float.floatToRawIntBits(rounded) - ROUNDER_BITS));
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
