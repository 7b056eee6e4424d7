package org.sememe.kernels;

import java.util.Arrays;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The values that each row keeps for a while, in the order in which they came, and the latents that
 * they are of. Values are above 0, so that their bits order as they do, and whole vectors of them
 * are put in, counted and dropped without a branch for each, which a processor could not foresee.
 * Rows may be filled by several threads, a row by one at a time.
 */
final class Shortlists {
  static final VectorSpecies<Integer> INTS =
      IntVector.SPECIES_512.withShape(Lanes.SPECIES.vectorShape());

  /** How far the lanes of a vector are from its first. */
  static final IntVector LANES = IntVector.zero(INTS).addIndex(1);

  private final int room;

  /** Each row's values, as bits. */
  final int[][] bits;

  /** Likewise. */
  final int[][] latents;

  final int[] counts;

  /** Lists with room for {@code room} values of a row and the vector that fills it. */
  Shortlists(int rows, int room) {
    this.room = room;
    this.bits = new int[rows][room + INTS.length()];
    this.latents = new int[rows][room + INTS.length()];
    this.counts = new int[rows];
  }

  /** What is done with a list that has no room for another vector. */
  @FunctionalInterface
  interface Full {
    /** Makes room, and gives the limit above which values are taken from now on. */
    float makeRoom(int row);
  }

  /** The number of rows. */
  int rows() {
    return counts.length;
  }

  /** The room that each row has from the beginning. */
  int room() {
    return room;
  }

  /** How many values a row may have before another vector comes. */
  int room(int row) {
    return bits[row].length - INTS.length();
  }

  /** Doubles a row's room. */
  void grow(int row) {
    bits[row] = Arrays.copyOf(bits[row], 2 * bits[row].length);
    latents[row] = Arrays.copyOf(latents[row], 2 * latents[row].length);
  }

  /** Puts one value in. */
  void add(int row, float value, int latent) {
    bits[row][counts[row]] = Float.floatToRawIntBits(value);
    latents[row][counts[row]++] = latent;
  }

  /** Value {@code i} of a row. */
  float value(int row, int i) {
    return Float.intBitsToFloat(bits[row][i]);
  }

  /** The value that is the {@code k}-th best of a row, which must have as many. */
  float best(int row, int k) {
    return Float.intBitsToFloat(bestBits(row, k));
  }

  /** By halving the range: of integers, and each time all lanes are counted. */
  private int bestBits(int row, int k) {
    int[] values = bits[row];
    int count = counts[row];
    int low = 0; // at least k are above it, and fewer above the high end
    int high = 0;
    for (int i = 0; i < count; i++) {
      high = Math.max(high, values[i]);
    }
    while (high - low > 1) {
      int middle = (low + high) >>> 1;
      int above = above(middle, values, count);
      if (above == k) {
        return least(middle, values, count);
      }
      if (above > k) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return high;
  }

  private static int above(int limit, int[] values, int count) {
    int above = 0;
    int i = 0;
    for (; i <= count - Lanes.WIDTH; i += Lanes.WIDTH) {
      above += IntVector.fromArray(INTS, values, i).compare(VectorOperators.GT, limit).trueCount();
    }
    for (; i < count; i++) {
      above += values[i] > limit ? 1 : 0;
    }
    return above;
  }

  /** The least above a limit. */
  private static int least(int limit, int[] values, int count) {
    int least = Integer.MAX_VALUE;
    for (int i = 0; i < count; i++) {
      least = values[i] > limit ? Math.min(least, values[i]) : least;
    }
    return least;
  }

  /** Drops what is not above a limit of 0 or more. */
  void keepAbove(int row, float limit) {
    keepAbove(row, Float.floatToRawIntBits(limit));
  }

  private void keepAbove(int row, int limit) {
    int[] values = bits[row];
    int[] ids = latents[row];
    int count = counts[row];
    int kept = 0;
    int i = 0;
    for (; i <= count - Lanes.WIDTH; i += Lanes.WIDTH) {
      IntVector some = IntVector.fromArray(INTS, values, i);
      VectorMask<Integer> above = some.compare(VectorOperators.GT, limit);
      some.compress(above).intoArray(values, kept); // what it writes too much was read before
      IntVector.fromArray(INTS, ids, i).compress(above).intoArray(ids, kept);
      kept += above.trueCount();
    }
    for (; i < count; i++) {
      if (values[i] > limit) {
        values[kept] = values[i];
        ids[kept++] = ids[i];
      }
    }
    counts[row] = kept;
  }

  /**
   * Keeps a row's {@code k} best, of equal ones those that came first; it must have as many.
   *
   * @return the worst of them
   */
  float keepBest(int row, int k) {
    int worst = bestBits(row, k);
    keepAbove(row, worst - 1);
    if (counts[row] > k) {
      dropLast(row, worst, k);
    }
    return Float.intBitsToFloat(worst);
  }

  /** Of a row's values that are equal to its least, leaves so many of the first that k remain. */
  private void dropLast(int row, int worst, int k) {
    int ties = k - above(worst, bits[row], counts[row]);
    int kept = 0;
    for (int i = 0; i < counts[row]; i++) {
      if (bits[row][i] > worst || ties-- > 0) {
        bits[row][kept] = bits[row][i];
        latents[row][kept++] = latents[row][i];
      }
    }
    counts[row] = kept;
  }

  /** Writes a row's list as {@link Candidate}s, the best last. */
  void sorted(int row, long[] keys, int at) {
    for (int i = 0; i < counts[row]; i++) {
      keys[at + i] = Candidate.of(value(row, i), latents[row][i]);
    }
    Arrays.sort(keys, at, at + counts[row]);
  }
}
