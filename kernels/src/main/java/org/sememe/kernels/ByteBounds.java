package org.sememe.kernels;

import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * An encoder's matrix {@code [latents, d]} rounded to bytes, a scale a row, and how far each row is
 * from the true one: bounds of all pre-activations of a vector, {@code W x + b}, for a quarter of
 * the bytes that they take themselves.
 *
 * <p>The bounds are proven, not estimated. With {@code w = s q + e} a row, its rounded form and
 * what rounding left, and {@code x} the vector, Cauchy-Schwarz gives {@code |w x - s (q x)| <= |e|
 * |x|}; to that comes what float32 sums of d products can be off by, {@code g |w| |x|} for the true
 * row and {@code g s |q| |x|} for the rounded one, {@code g = d u / (1 - d u)}, {@code u = 2^-24}
 * (Higham, Accuracy and Stability of Numerical Algorithms, 3.1: whatever the order of the sum). The
 * bias is added last, in float32 on both sides, which keeps the order. What is not finite, or too
 * large for this, has no bounds: NaN or infinity.
 *
 * <p>In memory a lane is a latent, so that no sum crosses lanes: {@code int32 [latents / lanes, d /
 * 4, lanes]}, four bytes of a row an int. A byte is never taken out of its int. It is shifted to
 * the top and what is below it stays: it belongs to {@code q}, and the byte was rounded with it in
 * mind.
 *
 * <p>Immutable, thread-safe. Its memory is its maker's arena's.
 */
public final class ByteBounds {
  // Vectors are made by the JDK's methods, never by helpers of our own: see RowProducts.
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;
  private static final VectorSpecies<Integer> WORDS = SPECIES.withLanes(int.class);
  private static final ByteOrder ORDER = Lanes.ORDER;
  private static final MemorySegment ALL = Address.ALL;
  private static final int LANES = SPECIES.length();
  private static final long STEP = (long) LANES * Integer.BYTES;

  /** Rows that are done at once; two vectors of lanes, which hides the latency of a sum. */
  private static final int BLOCK = 2 * LANES;

  /** Inputs that share an int. */
  private static final int SHARED = 4;

  /** A byte at the top of an int. */
  private static final double TOP = 0x1p24;

  private static final double UNIT = 0x1p-24;

  /** Roundings after the sum: by the scale, and of the bounds themselves; two would do. */
  private static final int ROUNDINGS = 4;

  /** Covers the roundings of these few double sums, and of the margin to float. */
  private static final double AND_A_LITTLE = 1 + 1e-6;

  /** Above it, products might overflow: no bounds. */
  private static final double LARGEST = 1e15;

  /** What numbers too small for a float's full precision can add up to is far below this. */
  private static final float TINY = 1e-25f;

  private final int latents;
  private final int d;
  private final MemorySegment words;
  private final MemorySegment scales;
  private final MemorySegment errors;

  private final MemorySegment biases;

  /**
   * Rounds a matrix.
   *
   * @param matrix {@code W}, float32 {@code [latents, d]}; only read here
   * @param bias {@code b}, float32 {@code [latents]}; only read here
   * @param arena where the rounded rows are kept; open while this is used
   */
  public ByteBounds(MemorySegment matrix, MemorySegment bias, int latents, int d, Arena arena) {
    this.latents = latents;
    this.d = d;
    this.words = arena.allocate((long) room() * inputs(), 64);
    this.scales = arena.allocate(ValueLayout.JAVA_FLOAT, room());
    this.errors = arena.allocate(ValueLayout.JAVA_FLOAT, room());
    this.biases = arena.allocate(ValueLayout.JAVA_FLOAT, room());
    MemorySegment.copy(bias, 0, biases, 0, bytes(latents));
    for (int latent = 0; latent < latents; latent++) {
      round(matrix, latent);
    }
  }

  /** F. */
  public int latents() {
    return latents;
  }

  /** d. */
  public int width() {
    return d;
  }

  /** The values that {@link #bounds} takes: d and the zeros that follow. */
  public int inputs() {
    return (d + SHARED - 1) / SHARED * SHARED;
  }

  /** The values that {@link #bounds} writes to each of its results; those after F mean nothing. */
  public int room() {
    return (latents + BLOCK - 1) / BLOCK * BLOCK;
  }

  private void round(MemorySegment matrix, int latent) {
    long row = Address.of(matrix, bytes((long) latent * d), d);
    long error = Address.of(errors, bytes(latent), 1);
    double largest = 0;
    double squares = 0;
    for (int i = 0; i < d; i++) {
      double value = Lanes.get(row + bytes(i));
      largest = Math.max(largest, Math.abs(value)); // NaN if one is
      squares += value * value;
    }
    if (!(largest <= LARGEST)) {
      Lanes.set(error, Float.POSITIVE_INFINITY);
      return;
    }
    float scale = (float) (largest / Byte.MAX_VALUE / TOP);
    double left = 0;
    double kept = 0;
    for (int i = 0; i < inputs(); i += SHARED) {
      int word = 0;
      for (int j = 0; j < SHARED && i + j < d; j++) {
        double value = Lanes.get(row + bytes(i + j));
        word |= nearest(value, scale, word, j) << (Byte.SIZE * j);
        double rounded = (double) scale * top(word, j);
        left += (value - rounded) * (value - rounded);
        kept += rounded * rounded;
      }
      Lanes.setInteger(Address.of(words, at(latent, i), 1), word);
    }
    double sums = d * UNIT / (1 - d * UNIT);
    double most =
        Math.sqrt(left) + sums * Math.sqrt(squares) + (sums + ROUNDINGS * UNIT) * Math.sqrt(kept);
    Lanes.set(Address.of(scales, bytes(latent), 1), scale);
    Lanes.set(error, (float) (most * AND_A_LITTLE));
  }

  /**
   * Byte {@code j} of a word whose bytes below it are set: what comes nearest together with them.
   */
  private static int nearest(double value, float scale, int word, int j) {
    if (scale == 0) {
      return 0;
    }
    double below = Integer.toUnsignedLong(word) / (double) (1L << (Byte.SIZE * j));
    long nearest = Math.round(value / (scale * TOP) - below);
    return Math.clamp(nearest, Byte.MIN_VALUE, Byte.MAX_VALUE) & 0xFF;
  }

  /** A byte with what is below it, as {@link #products} sees it. */
  private static float top(int word, int j) {
    return word << (Byte.SIZE * (SHARED - 1 - j));
  }

  /** Where the word of an input is. */
  private long at(int latent, int input) {
    int block = latent / LANES;
    return (((long) block * inputs() / SHARED + input / SHARED) * LANES + latent % LANES)
        * Integer.BYTES;
  }

  /**
   * Bounds of the pre-activations {@code W x + b} of all latents, as every float32 sum of their
   * products gives them, with the bias added last.
   *
   * @param x float32 {@code [}{@link #inputs}{@code ]}, zeros after the d-th
   * @param low float32 {@code [}{@link #room}{@code ]}: no pre-activation is below
   * @param high float32 {@code [}{@link #room}{@code ]}: none is above. Where there are no bounds,
   *     low is NaN or minus infinity, high NaN or infinity
   */
  public void bounds(MemorySegment x, MemorySegment low, MemorySegment high) {
    products(x, low);
    FloatVector norm = FloatVector.broadcast(SPECIES, norm(x));
    FloatVector tiny = FloatVector.broadcast(SPECIES, TINY);
    long lows = Address.of(low, 0, room());
    long highs = Address.of(high, 0, room());
    long rowScales = Address.of(scales, 0, room());
    long rowErrors = Address.of(errors, 0, room());
    long rowBiases = Address.of(biases, 0, room());
    long end = bytes(room());
    for (long o = 0; o < end; o += STEP) {
      FloatVector scale = FloatVector.fromMemorySegment(SPECIES, ALL, rowScales + o, ORDER);
      FloatVector error = FloatVector.fromMemorySegment(SPECIES, ALL, rowErrors + o, ORDER);
      FloatVector bias = FloatVector.fromMemorySegment(SPECIES, ALL, rowBiases + o, ORDER);
      FloatVector product = FloatVector.fromMemorySegment(SPECIES, ALL, lows + o, ORDER).mul(scale);
      FloatVector margin = error.fma(norm, tiny);
      product.sub(margin).add(bias).intoMemorySegment(ALL, lows + o, ORDER);
      product.add(margin).add(bias).intoMemorySegment(ALL, highs + o, ORDER);
    }
  }

  /** An upper bound of the vector's norm; infinity if it is not finite, or too large. */
  private float norm(MemorySegment x) {
    long values = Address.of(x, 0, d);
    double squares = 0;
    for (int i = 0; i < d; i++) {
      double value = Lanes.get(values + bytes(i));
      squares += value * value;
    }
    double norm = Math.sqrt(squares) * AND_A_LITTLE;
    return norm <= LARGEST ? (float) norm : Float.POSITIVE_INFINITY;
  }

  /** The products of the rounded rows, without their scales. */
  private void products(MemorySegment x, MemorySegment out) {
    long values = Address.of(x, 0, inputs());
    long matrix = Address.ofBytes(words, 0, (long) room() * inputs());
    long sums = Address.of(out, 0, room());
    long block = STEP * (inputs() / SHARED);
    for (int first = 0; first < room(); first += BLOCK) {
      long at = matrix + bytes(first) / STEP * block;
      products(values, inputs(), at, block, sums + bytes(first));
    }
  }

  private static void products(long x, int inputs, long at, long block, long out) {
    FloatVector a0 = FloatVector.zero(SPECIES);
    FloatVector a1 = a0;
    FloatVector b0 = a0;
    FloatVector b1 = a0;
    long o = at;
    for (int i = 0; i < inputs; i += SHARED, o += STEP) {
      IntVector a = IntVector.fromMemorySegment(WORDS, ALL, o, ORDER);
      IntVector b = IntVector.fromMemorySegment(WORDS, ALL, o + block, ORDER);
      FloatVector input = FloatVector.broadcast(SPECIES, Lanes.get(x + bytes(i)));
      a0 = ((FloatVector) a.lanewise(LSHL, 24).convertShape(I2F, SPECIES, 0)).fma(input, a0);
      b0 = ((FloatVector) b.lanewise(LSHL, 24).convertShape(I2F, SPECIES, 0)).fma(input, b0);
      input = FloatVector.broadcast(SPECIES, Lanes.get(x + bytes(i + 1)));
      a1 = ((FloatVector) a.lanewise(LSHL, 16).convertShape(I2F, SPECIES, 0)).fma(input, a1);
      b1 = ((FloatVector) b.lanewise(LSHL, 16).convertShape(I2F, SPECIES, 0)).fma(input, b1);
      input = FloatVector.broadcast(SPECIES, Lanes.get(x + bytes(i + 2)));
      a0 = ((FloatVector) a.lanewise(LSHL, 8).convertShape(I2F, SPECIES, 0)).fma(input, a0);
      b0 = ((FloatVector) b.lanewise(LSHL, 8).convertShape(I2F, SPECIES, 0)).fma(input, b0);
      input = FloatVector.broadcast(SPECIES, Lanes.get(x + bytes(i + 3)));
      a1 = ((FloatVector) a.convertShape(I2F, SPECIES, 0)).fma(input, a1);
      b1 = ((FloatVector) b.convertShape(I2F, SPECIES, 0)).fma(input, b1);
    }
    a0.add(a1).intoMemorySegment(ALL, out, ORDER);
    b0.add(b1).intoMemorySegment(ALL, out + STEP, ORDER);
  }

  private static long bytes(long floats) {
    return floats * Float.BYTES;
  }
}
