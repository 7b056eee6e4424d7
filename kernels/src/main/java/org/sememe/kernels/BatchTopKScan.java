package org.sememe.kernels;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The n largest positive pre-activations of a whole batch (Bussmann et al. 2024), however they fall
 * on its rows. What is above a floor is kept while the latents pass by; {@link #cut} then leaves
 * the n best. Of equal values the lower row, and in it the lower latent, counts as larger. NaN is
 * never selected.
 *
 * <p>The result does not depend on the floor, as long as it leaves n: {@link #found} tells. Rows
 * may be scanned by several threads, a row by one at a time.
 */
public final class BatchTopKScan implements LatentScan {
  private static final int FIRST_ROOM = 64;

  private final long[][] candidates;
  private final int[] counts;
  private float floor;

  /** A scan of up to {@code mostRows} rows. */
  public BatchTopKScan(int mostRows) {
    this.candidates = new long[mostRows][FIRST_ROOM];
    this.counts = new int[mostRows];
  }

  /** Keeps what is above {@code newFloor}, 0 or more, from the next reset on. */
  public void floor(float newFloor) {
    floor = newFloor;
  }

  @Override
  public void reset(int from, int to) {
    Arrays.fill(counts, from, to, 0);
  }

  @Override
  public void scan(
      int row, MemorySegment scores, long at, MemorySegment bias, int first, int count) {
    FloatVector limit = FloatVector.broadcast(Lanes.SPECIES, floor);
    long chunk = Address.of(scores, at, count);
    long biases = Address.of(bias, (long) first * Float.BYTES, count);
    int i = 0;
    for (; i <= count - Lanes.WIDTH; i += Lanes.WIDTH) {
      long o = (long) i * Float.BYTES;
      FloatVector score = Lanes.load(chunk + o).add(Lanes.load(biases + o));
      for (long bits = score.compare(VectorOperators.GT, limit).toLong();
          bits != 0;
          bits &= bits - 1) {
        int j = i + Long.numberOfTrailingZeros(bits);
        add(row, LatentScan.score(chunk, biases, j), first + j);
      }
    }
    for (; i < count; i++) {
      float score = LatentScan.score(chunk, biases, i);
      if (score > floor) {
        add(row, score, first + i);
      }
    }
  }

  /** Takes in a row's pre-activation that was found in another way; what is not above 0 is left. */
  void put(int row, float value, int latent) {
    if (value > 0) {
      add(row, value, latent);
    }
  }

  private void add(int row, float value, int latent) {
    if (counts[row] == candidates[row].length) {
      candidates[row] = Arrays.copyOf(candidates[row], 2 * counts[row]);
    }
    candidates[row][counts[row]++] = Candidate.of(value, latent);
  }

  /** How many of the first {@code rows} rows' pre-activations are above the floor. */
  public long found(int rows) {
    long found = 0;
    for (int row = 0; row < rows; row++) {
      found += counts[row];
    }
    return found;
  }

  /** Leaves the {@code n} best of the first {@code rows} rows, or all where there are fewer. */
  public void cut(int rows, int n) {
    long found = found(rows);
    if (found <= n) {
      return;
    }
    long[] values = new long[Math.toIntExact(found)];
    int filled = 0;
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < counts[row]; i++) {
        values[filled++] = candidates[row][i] >>> Integer.SIZE; // the value's bits alone
      }
    }
    Candidate.select(values, 0, filled, n);
    long least = values[n - 1];
    int ties = 0; // that still have room
    for (int i = 0; i < n; i++) {
      ties += values[i] == least ? 1 : 0;
    }
    for (int row = 0; row < rows; row++) {
      ties -= cutRow(row, least, ties);
    }
  }

  /**
   * Counts candidates by some of their values' bits (positive floats order as their bits do), which
   * finds a least value of scans in several processes: {@code found[b]} grows by the candidates of
   * the first {@code rows} rows whose bits from {@code shift} on are {@code prefix} and then b.
   *
   * @param width how many bits b has; {@code found} has as many places as b has values
   */
  public void count(int rows, int prefix, int shift, int width, double[] found) {
    int mask = (1 << width) - 1;
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < counts[row]; i++) {
        int bits = (int) (candidates[row][i] >>> Integer.SIZE);
        if (bits >>> (shift + width) == prefix) {
          found[bits >>> shift & mask]++;
        }
      }
    }
  }

  /** How many of a row's candidates have exactly a value. */
  public int tied(int row, float value) {
    long bits = Float.floatToRawIntBits(value);
    int tied = 0;
    for (int i = 0; i < counts[row]; i++) {
      tied += candidates[row][i] >>> Integer.SIZE == bits ? 1 : 0;
    }
    return tied;
  }

  /**
   * Leaves a row's candidates above a value, and of those at it the {@code ties} lowest latents.
   */
  public void cutRow(int row, float least, int ties) {
    cutRow(row, (long) Float.floatToRawIntBits(least), ties);
  }

  /** Leaves a row's candidates above a value, and of those at it the lowest latents. */
  private int cutRow(int row, long least, int ties) {
    long[] mine = candidates[row];
    Arrays.sort(mine, 0, counts[row]);
    int kept = 0;
    int tied = 0;
    for (int i = counts[row] - 1; i >= 0; i--) { // the best first, of equal ones the lowest latent
      long value = mine[i] >>> Integer.SIZE;
      if (value > least || value == least && tied++ < ties) {
        kept++;
      } else {
        break;
      }
    }
    System.arraycopy(mine, counts[row] - kept, mine, 0, kept);
    counts[row] = kept;
    return Math.min(tied, ties);
  }

  /** How many of a row's kept latents are among others, which ascend. */
  public int among(int row, int[] others) {
    int among = 0;
    for (int i = 0; i < counts[row]; i++) {
      among += Arrays.binarySearch(others, Candidate.latent(candidates[row][i])) >= 0 ? 1 : 0;
    }
    return among;
  }

  /** The least value that is kept in the first {@code rows} rows; 0 where none is. */
  public float least(int rows) {
    long least = Long.MAX_VALUE;
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < counts[row]; i++) {
        least = Math.min(least, candidates[row][i]);
      }
    }
    return least == Long.MAX_VALUE ? 0 : Candidate.value(least);
  }

  @Override
  public int active(int row) {
    return counts[row];
  }

  @Override
  public void finish(
      int row, int places, MemorySegment indices, MemorySegment values, int latents) {
    Candidate.write(candidates[row], 0, counts[row], row, places, indices, values, latents);
  }
}
