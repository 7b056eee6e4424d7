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
      long from = at(sequence, position, head);
      int to = position / TILE * TILE * width + position % TILE;
      for (int i = 0; i < width; i++) {
        keys[to + i * TILE] =
            qkv.get(ValueLayout.JAVA_FLOAT_UNALIGNED, from + (long) i * Float.BYTES);
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
      score(
          scratch.queries, scratch.keys, tile * width, width, scratch.scores, tile, scratch.places);
    }
    for (int row = 0; row < rows; row++) {
      soften(scratch, row, first + row + 1, keys);
    }
    for (int column = 0; column < width; column += TILE) {
      mix(scratch, keys, column, out, sequence, head, first, rows);
    }
  }

  /** Scores of the queries with a tile of keys. */
  private static void score(
      float[] q, float[] keys, int from, int width, float[] scores, int to, int places) {
    FloatVector a0 = FloatVector.zero(SPECIES);
    FloatVector b0 = a0;
    FloatVector a1 = a0;
    FloatVector b1 = a0;
    FloatVector a2 = a0;
    FloatVector b2 = a0;
    FloatVector a3 = a0;
    FloatVector b3 = a0;
    for (int i = 0; i < width; i++) {
      FloatVector a = FloatVector.fromArray(SPECIES, keys, from + i * TILE);
      FloatVector b = FloatVector.fromArray(SPECIES, keys, from + i * TILE + LANES);
      FloatVector q0 = FloatVector.broadcast(SPECIES, q[i]);
      a0 = a.fma(q0, a0);
      b0 = b.fma(q0, b0);
      FloatVector q1 = FloatVector.broadcast(SPECIES, q[width + i]);
      a1 = a.fma(q1, a1);
      b1 = b.fma(q1, b1);
      FloatVector q2 = FloatVector.broadcast(SPECIES, q[2 * width + i]);
      a2 = a.fma(q2, a2);
      b2 = b.fma(q2, b2);
      FloatVector q3 = FloatVector.broadcast(SPECIES, q[3 * width + i]);
      a3 = a.fma(q3, a3);
      b3 = b.fma(q3, b3);
    }
    a0.intoArray(scores, to);
    b0.intoArray(scores, to + LANES);
    a1.intoArray(scores, places + to);
    b1.intoArray(scores, places + to + LANES);
    a2.intoArray(scores, 2 * places + to);
    b2.intoArray(scores, 2 * places + to + LANES);
    a3.intoArray(scores, 3 * places + to);
    b3.intoArray(scores, 3 * places + to + LANES);
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

  /** A tile of dimensions of the weighted values. */
  private void mix(
      Scratch scratch,
      int keys,
      int column,
      MemorySegment out,
      int sequence,
      int head,
      int first,
      int rows) {
    float[] values = scratch.values;
    float[] w = scratch.scores;
    int places = scratch.places;
    FloatVector a0 = FloatVector.zero(SPECIES);
    FloatVector b0 = a0;
    FloatVector a1 = a0;
    FloatVector b1 = a0;
    FloatVector a2 = a0;
    FloatVector b2 = a0;
    FloatVector a3 = a0;
    FloatVector b3 = a0;
    for (int key = 0; key < keys; key++) {
      FloatVector a = FloatVector.fromArray(SPECIES, values, key * width + column);
      FloatVector b = FloatVector.fromArray(SPECIES, values, key * width + column + LANES);
      FloatVector w0 = FloatVector.broadcast(SPECIES, w[key]);
      a0 = a.fma(w0, a0);
      b0 = b.fma(w0, b0);
      FloatVector w1 = FloatVector.broadcast(SPECIES, w[places + key]);
      a1 = a.fma(w1, a1);
      b1 = b.fma(w1, b1);
      FloatVector w2 = FloatVector.broadcast(SPECIES, w[2 * places + key]);
      a2 = a.fma(w2, a2);
      b2 = b.fma(w2, b2);
      FloatVector w3 = FloatVector.broadcast(SPECIES, w[3 * places + key]);
      a3 = a.fma(w3, a3);
      b3 = b.fma(w3, b3);
    }
    long step = (long) heads * width * Float.BYTES;
    long at = ((((long) sequence * length + first) * heads + head) * width + column) * Float.BYTES;
    float[] inverse = scratch.inverse;
    keep(out, at, a0, b0, inverse[0]);
    if (rows > 1) {
      keep(out, at + step, a1, b1, inverse[1]);
    }
    if (rows > 2) {
      keep(out, at + 2 * step, a2, b2, inverse[2]);
    }
    if (rows > 3) {
      keep(out, at + 3 * step, a3, b3, inverse[3]);
    }
  }

  private static void keep(
      MemorySegment out, long at, FloatVector a, FloatVector b, float inverse) {
    a.mul(inverse).intoMemorySegment(out, at, ORDER);
    b.mul(inverse).intoMemorySegment(out, at + (long) LANES * Float.BYTES, ORDER);
  }
}
