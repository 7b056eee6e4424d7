package org.sememe.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Softmax attention of whole sequences, each position to itself and those before it, with several
 * query heads to a key and value head. Keys, values and the scores of a few queries stay in a
 * core's cache; what a causal mask would throw away is not computed. Stateless; several threads may
 * work on different units.
 *
 * @param length positions of a sequence
 * @param heads query heads
 * @param kvHeads key and value heads; divides {@code heads}
 * @param width of a head; one that {@link #fits}
 */
public record CausalAttention(int length, int heads, int kvHeads, int width) {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  /** Keys, or a head's dimensions, that are computed together. */
  private static final int TILE = 2 * LANES;

  /** Queries that are computed together: four by two vectors of sums fit in registers. */
  private static final int ROWS = 4;

  /** Checks the ranges. */
  public CausalAttention {
    if (length < 1 || kvHeads < 1 || heads < kvHeads || heads % kvHeads != 0 || !fits(width)) {
      throw new IllegalArgumentException(
          "no attention over %d positions of %d heads (%d of keys) of width %d"
              .formatted(length, heads, kvHeads, width));
    }
  }

  /** Whether heads of this width can be computed: multiples of two vectors. */
  public static boolean fits(int width) {
    return width > 0 && width % TILE == 0;
  }

  /** Units of work: a key and value head of a sequence with its query heads. */
  public int units(int sequences) {
    return sequences * kvHeads;
  }

  /**
   * Attends.
   *
   * @param qkv {@code [sequences, length, heads + 2 * kvHeads, width]} float32: queries, keys,
   *     values
   * @param out {@code [sequences, length, heads, width]} float32
   * @param from the first unit
   * @param to the unit after the last
   */
  public void attend(MemorySegment qkv, MemorySegment out, int from, int to) {
    Scratch scratch = new Scratch(length, width);
    int group = heads / kvHeads;
    for (int unit = from; unit < to; unit++) {
      int sequence = unit / kvHeads;
      int kvHead = unit % kvHeads;
      packKeys(qkv, sequence, heads + kvHead, scratch);
      packValues(qkv, sequence, heads + kvHeads + kvHead, scratch);
      for (int head = kvHead * group; head < (kvHead + 1) * group; head++) {
        for (int first = 0; first < length; first += ROWS) {
          attend(qkv, out, sequence, head, first, scratch);
        }
      }
    }
  }

  /** What one thread works in. */
  private static final class Scratch {
    /** Keys, tile by tile: {@code [tiles, width, TILE]}. */
    final float[] keys;

    /** {@code [length, width]}. */
    final float[] values;

    /** {@code [ROWS, width]}. */
    final float[] queries;

    /** Scores, then weights, {@code [ROWS, places]}. */
    final float[] scores;

    /** A tile of dimensions of the queries' weighted values, {@code [ROWS, TILE]}. */
    final float[] mixed = new float[ROWS * TILE];

    final float[] lanes = new float[LANES];
    final float[] inverse = new float[ROWS];
    final int places;

    Scratch(int length, int width) {
      places = (length + TILE - 1) / TILE * TILE;
      keys = new float[Math.multiplyExact(places, width)];
      values = new float[length * width];
      queries = new float[ROWS * width];
      scores = new float[ROWS * places];
    }
  }

  /** Byte offset of a head of {@code qkv} at a position. */
  private long at(int sequence, int position, int head) {
    long row = (long) sequence * length + position;
    return (row * (heads + 2 * kvHeads) + head) * width * Float.BYTES;
  }

  private void packKeys(MemorySegment qkv, int sequence, int head, Scratch scratch) {
    float[] keys = scratch.keys;
    for (int position = 0; position < length; position++) {
      long from = Address.of(qkv, at(sequence, position, head), width);
      int to = position / TILE * TILE * width + position % TILE;
      for (int i = 0; i < width; i++) {
        keys[to + i * TILE] = Lanes.get(from + (long) i * Float.BYTES);
      }
    }
  }

  private void packValues(MemorySegment qkv, int sequence, int head, Scratch scratch) {
    for (int position = 0; position < length; position++) {
      MemorySegment.copy(
          qkv,
          ValueLayout.JAVA_FLOAT_UNALIGNED,
          at(sequence, position, head),
          scratch.values,
          position * width,
          width);
    }
  }

  /** Some queries of one head, those beyond the sequence's end computed but not kept. */
  private void attend(
      MemorySegment qkv, MemorySegment out, int sequence, int head, int first, Scratch scratch) {
    int rows = Math.min(ROWS, length - first);
    for (int row = 0; row < rows; row++) {
      MemorySegment.copy(
          qkv,
          ValueLayout.JAVA_FLOAT_UNALIGNED,
          at(sequence, first + row, head),
          scratch.queries,
          row * width,
          width);
    }
    int keys = first + rows;
    for (int tile = 0; tile < keys; tile += TILE) {
      products(
          scratch.queries,
          width,
          scratch.keys,
          tile * width,
          TILE,
          width,
          scratch.scores,
          tile,
          scratch.places);
    }
    for (int row = 0; row < rows; row++) {
      soften(scratch, row, first + row + 1, keys);
    }
    long step = (long) heads * width * Float.BYTES;
    long at = (((long) sequence * length + first) * heads + head) * width * Float.BYTES;
    for (int column = 0; column < width; column += TILE) {
      products(
          scratch.scores,
          scratch.places,
          scratch.values,
          column,
          width,
          keys,
          scratch.mixed,
          0,
          TILE);
      keep(scratch, rows, out, at + (long) column * Float.BYTES, step);
    }
  }

  /**
   * Sums of products, {@code out[r, j] = sum over i of factors[r, i] * tiles[i, j]} for {@code
   * ROWS} rows and a tile of columns: scores of queries with keys, or values weighted by scores.
   *
   * @param row from a row of the factors to the next
   * @param from the tile's first value
   * @param step from a row of the tile to the next
   * @param count terms of a sum
   * @param to where the first row of sums goes
   * @param outRow from a row of sums to the next
   */
  private static void products(
      float[] factors,
      int row,
      float[] tiles,
      int from,
      int step,
      int count,
      float[] out,
      int to,
      int outRow) {
    FloatVector a0 = FloatVector.zero(SPECIES);
    FloatVector b0 = a0;
    FloatVector a1 = a0;
    FloatVector b1 = a0;
    FloatVector a2 = a0;
    FloatVector b2 = a0;
    FloatVector a3 = a0;
    FloatVector b3 = a0;
    for (int i = 0; i < count; i++) {
      FloatVector a = FloatVector.fromArray(SPECIES, tiles, from + i * step);
      FloatVector b = FloatVector.fromArray(SPECIES, tiles, from + i * step + LANES);
      FloatVector f0 = FloatVector.broadcast(SPECIES, factors[i]);
      a0 = a.fma(f0, a0);
      b0 = b.fma(f0, b0);
      FloatVector f1 = FloatVector.broadcast(SPECIES, factors[row + i]);
      a1 = a.fma(f1, a1);
      b1 = b.fma(f1, b1);
      FloatVector f2 = FloatVector.broadcast(SPECIES, factors[2 * row + i]);
      a2 = a.fma(f2, a2);
      b2 = b.fma(f2, b2);
      FloatVector f3 = FloatVector.broadcast(SPECIES, factors[3 * row + i]);
      a3 = a.fma(f3, a3);
      b3 = b.fma(f3, b3);
    }
    a0.intoArray(out, to);
    b0.intoArray(out, to + LANES);
    a1.intoArray(out, outRow + to);
    b1.intoArray(out, outRow + to + LANES);
    a2.intoArray(out, 2 * outRow + to);
    b2.intoArray(out, 2 * outRow + to + LANES);
    a3.intoArray(out, 3 * outRow + to);
    b3.intoArray(out, 3 * outRow + to + LANES);
  }

  /** Scores of one query become weights of its {@code seen} keys, not yet divided by their sum. */
  private void soften(Scratch scratch, int row, int seen, int keys) {
    float[] scores = scratch.scores;
    int from = row * scratch.places;
    int to = from + (keys + TILE - 1) / TILE * TILE;
    Arrays.fill(scores, from + seen, to, Float.NEGATIVE_INFINITY);
    FloatVector most = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
    for (int i = from; i < to; i += LANES) {
      most = most.max(FloatVector.fromArray(SPECIES, scores, i));
    }
    float highest = most.reduceLanes(VectorOperators.MAX);
    float scale = (float) (1 / Math.sqrt(width));
    FloatVector sums = FloatVector.zero(SPECIES);
    for (int i = from; i < to; i += LANES) {
      FloatVector below = FloatVector.fromArray(SPECIES, scores, i).sub(highest).mul(scale);
      FloatVector weights = Exponential.of(below);
      weights.intoArray(scores, i);
      sums = sums.add(weights);
    }
    Arrays.fill(scores, from + seen, to, 0);
    sums.intoArray(scratch.lanes, 0);
    float sum = 0;
    for (float lane : scratch.lanes) {
      sum += lane;
    }
    scratch.inverse[row] = 1 / sum;
  }

  /** A tile of dimensions of some queries' weighted values, divided by the sums of weights. */
  private static void keep(Scratch scratch, int rows, MemorySegment out, long at, long step) {
    for (int row = 0; row < rows; row++) {
      long to = Address.of(out, at + row * step, TILE);
      for (int i = 0; i < TILE; i += LANES) {
        FloatVector.fromArray(SPECIES, scratch.mixed, row * TILE + i)
            .mul(scratch.inverse[row])
            .intoMemorySegment(Address.ALL, to + (long) i * Float.BYTES, ORDER);
      }
    }
  }
}
