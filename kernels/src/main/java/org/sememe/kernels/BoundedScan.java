package org.sememe.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The active latents of one vector at a time, exactly, without reading the whole matrix: bounds of
 * all pre-activations come from a {@link ByteBounds}, and only latents that the bounds leave open
 * are computed, in float32 from their true rows. The result is the one of a {@link LatentScan} over
 * all latents, to the bit: none that is left out could be active.
 *
 * <p>Many open latents cost what they cost in float32, and the bounds come on top: so it is where a
 * large share of all pre-activations lies above the threshold or close to it.
 *
 * <p>Owns its scratch memory, allocates nothing. One thread at a time.
 */
public final class BoundedScan {
  private static final int LANES = Lanes.SPECIES.length();

  private final ByteBounds bounds;
  private final RowProducts rows;
  private final MemorySegment bias;
  private final int latents;

  /** {@code [room]}: an active latent is above its own. */
  private final MemorySegment limits;

  private final MemorySegment low;
  private final MemorySegment high;

  /** The best lower bounds, if only the best latents are wanted; then the best latents. */
  private final BestCandidates best;

  private final boolean all;

  /** The open latents, the first {@code count} of these, and their products. */
  private final int[] open;

  private final float[] products;
  private int count;

  private BoundedScan(
      ByteBounds bounds, MemorySegment matrix, MemorySegment bias, int k, Arena scratch) {
    this.bounds = bounds;
    this.rows = new RowProducts(matrix, bounds.width(), scratch);
    this.bias = bias;
    this.latents = bounds.latents();
    this.open = new int[latents];
    this.products = new float[latents];
    this.limits = scratch.allocate(ValueLayout.JAVA_FLOAT, bounds.room());
    this.low = scratch.allocate(ValueLayout.JAVA_FLOAT, bounds.room());
    this.high = scratch.allocate(ValueLayout.JAVA_FLOAT, bounds.room());
    this.best = new BestCandidates(k);
    this.all = k == latents;
  }

  /**
   * The k largest positive pre-activations, as {@link TopKScan} selects them.
   *
   * @param matrix float32 {@code [latents, d]}, the one that is bounded
   * @param bias float32 {@code [latents]}, the one that is bounded
   * @param k at least 1, at most all latents
   * @param scratch open while this is used, like the memory of the others
   */
  public static BoundedScan topK(
      ByteBounds bounds, MemorySegment matrix, MemorySegment bias, int k, Arena scratch) {
    return new BoundedScan(bounds, matrix, bias, k, scratch);
  }

  /**
   * All positive pre-activations above a threshold, as {@link ThresholdScan} selects them.
   *
   * @param matrix float32 {@code [latents, d]}, the one that is bounded
   * @param bias float32 {@code [latents]}, the one that is bounded
   * @param thresholds float32 {@code [latents]}; zeros for ReLU; only read here
   * @param scratch open while this is used, like the memory of the matrix and the bias
   */
  public static BoundedScan above(
      ByteBounds bounds,
      MemorySegment matrix,
      MemorySegment bias,
      MemorySegment thresholds,
      Arena scratch) {
    BoundedScan scan = new BoundedScan(bounds, matrix, bias, bounds.latents(), scratch);
    long given = Address.of(thresholds, 0, bounds.latents());
    long limits = Address.of(scan.limits, 0, bounds.latents());
    for (int latent = 0; latent < bounds.latents(); latent++) {
      long o = bytes(latent);
      Lanes.set(limits + o, Math.max(0, Lanes.get(given + o)));
    }
    return scan;
  }

  /**
   * Finds the active latents of a vector, strongest first, of equal ones the lowest first.
   *
   * @param x float32 {@code [}{@link ByteBounds#inputs}{@code ]}, zeros after the d-th
   * @param indices int32, room for k latents, or all of them where there is no k
   * @param values float32, as many
   * @return how many are active
   */
  public int find(MemorySegment x, MemorySegment indices, MemorySegment values) {
    bounds.bounds(x, low, high);
    choose(all ? 0 : floor());
    compute(x);
    int active = best.size();
    long latentPlaces = Address.of(indices, 0, active);
    long valuePlaces = Address.of(values, 0, active);
    for (int place = active - 1; place >= 0; place--) {
      long candidate = best.takeWorst();
      Lanes.setInteger(latentPlaces + bytes(place), Candidate.latent(candidate));
      Lanes.set(valuePlaces + bytes(place), Candidate.value(candidate));
    }
    return active;
  }

  /** How many latents of the last vector were computed in float32. */
  public int open() {
    return count;
  }

  /** What the k-th largest pre-activation is at least: the k-th largest lower bound. */
  private float floor() {
    best.clear();
    long lows = Address.of(low, 0, bounds.room());
    for (int first = 0; first < latents; first += LANES) {
      for (long bits = above(lows, first, best.floor()); bits != 0; bits &= bits - 1) {
        int latent = first + Long.numberOfTrailingZeros(bits);
        best.offer(Candidate.of(Lanes.get(lows + bytes(latent)), latent));
      }
    }
    return best.floor();
  }

  /**
   * Which of a vector's latents from {@code first} on have a lower bound above a value that is 0 or
   * more: never those after the last, whose rows are zeros.
   */
  private static long above(long lows, int first, float value) {
    return FloatVector.fromMemorySegment(
            Lanes.SPECIES, Address.ALL, lows + bytes(first), Lanes.ORDER)
        .compare(VectorOperators.GT, value)
        .toLong();
  }

  /** Lists the latents that the bounds leave open: they may reach their limit and the floor. */
  private void choose(float floor) {
    count = 0;
    long wanted = Address.of(limits, 0, bounds.room());
    long highs = Address.of(high, 0, bounds.room());
    for (int first = 0; first < latents; first += LANES) {
      for (long bits = reaching(wanted, highs, first, floor); bits != 0; bits &= bits - 1) {
        open[count++] = first + Long.numberOfTrailingZeros(bits);
      }
    }
  }

  /** Which of a vector's latents from {@code first} on may reach their limit and the floor. */
  private long reaching(long wanted, long highs, int first, float floor) {
    long o = bytes(first);
    FloatVector least =
        FloatVector.fromMemorySegment(Lanes.SPECIES, Address.ALL, wanted + o, Lanes.ORDER)
            .max(floor);
    // "Not below" takes NaN in: what has no bounds is computed.
    long bits =
        FloatVector.fromMemorySegment(Lanes.SPECIES, Address.ALL, highs + o, Lanes.ORDER)
            .compare(VectorOperators.LT, least)
            .not()
            .toLong();
    int left = latents - first;
    return left < Long.SIZE ? bits & ((1L << left) - 1) : bits;
  }

  /** Computes the open latents, and keeps those that are active. */
  private void compute(MemorySegment x) {
    rows.compute(open, count, x, products);
    best.clear();
    long biases = Address.of(bias, 0, latents);
    long wanted = Address.of(limits, 0, latents);
    for (int i = 0; i < count; i++) {
      long o = bytes(open[i]);
      float value = products[i] + Lanes.get(biases + o);
      if (value > Lanes.get(wanted + o)) {
        best.offer(Candidate.of(value, open[i]));
      }
    }
  }

  private static long bytes(int floats) {
    return (long) floats * Float.BYTES;
  }
}
