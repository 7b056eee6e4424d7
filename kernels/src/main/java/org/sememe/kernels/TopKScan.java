package org.sememe.kernels;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The k largest positive pre-activations of each row, found while the latents pass by in chunks, so
 * that the whole {@code [rows, latents]} matrix never exists.
 *
 * <p>A row keeps candidates: what is above its threshold, the k-th best so far. The threshold rises
 * quickly, so that nearly every lane of a later chunk is passed over. Of equal values the lower
 * latent counts as larger; chunks must come in ascending order of latents, and then the result does
 * not depend on how they are cut. NaN is never selected.
 *
 * <p>Rows may be scanned by several threads, a row by one at a time.
 */
public final class TopKScan implements LatentScan {

  private int k;
  private int capacity;

  /** Candidates {@code [rows, capacity]}, each a {@link Candidate}. */
  private long[] keys = new long[0];

  private int[] counts = new int[0];
  private float[] thresholds = new float[0];

  /** A scan of up to {@code mostRows} rows. */
  public TopKScan(int mostRows, int k) {
    reshape(mostRows, k);
  }

  /** Forgets everything and scans other numbers of rows and latents from now on. */
  public void reshape(int mostRows, int newK) {
    k = newK;
    capacity = Math.max(4 * k, k + 4 * Lanes.SPECIES.length());
    int room = Math.multiplyExact(mostRows, capacity);
    if (keys.length < room) {
      keys = new long[room];
    }
    if (counts.length < mostRows) {
      counts = new int[mostRows];
      thresholds = new float[mostRows];
    }
    reset(0, mostRows);
  }

  @Override
  public void reset(int from, int to) {
    Arrays.fill(counts, from, to, 0);
    Arrays.fill(thresholds, from, to, 0f);
  }

  @Override
  public void scan(
      int row, MemorySegment scores, long at, MemorySegment bias, int first, int count) {
    float threshold = thresholds[row];
    FloatVector limit = FloatVector.broadcast(Lanes.SPECIES, threshold);
    long atBias = (long) first * Float.BYTES;
    int i = 0;
    for (; i <= count - Lanes.WIDTH; i += Lanes.WIDTH) {
      long o = (long) i * Float.BYTES;
      FloatVector score = Lanes.load(scores, at + o).add(Lanes.load(bias, atBias + o));
      VectorMask<Float> above = score.compare(VectorOperators.GT, limit);
      if (above.anyTrue()) {
        for (long bits = above.toLong(); bits != 0; bits &= bits - 1) {
          int j = i + Long.numberOfTrailingZeros(bits);
          take(row, LatentScan.score(scores, at, bias, atBias, j), first + j);
        }
        if (thresholds[row] > threshold) {
          threshold = thresholds[row];
          limit = FloatVector.broadcast(Lanes.SPECIES, threshold);
        }
      }
    }
    for (; i < count; i++) {
      take(row, LatentScan.score(scores, at, bias, atBias, i), first + i);
    }
  }

  private void take(int row, float value, int latent) {
    if (!(value > thresholds[row])) {
      return;
    }
    int base = row * capacity;
    keys[base + counts[row]] = Candidate.of(value, latent);
    if (++counts[row] == capacity) {
      keepBest(row);
    }
  }

  /** Moves the k best to the front and raises the threshold to the worst of them. */
  private void keepBest(int row) {
    int base = row * capacity;
    Candidate.select(keys, base, base + counts[row], k);
    counts[row] = k;
    thresholds[row] = Candidate.value(keys[base + k - 1]);
  }

  @Override
  public int active(int row) {
    return Math.min(counts[row], k);
  }

  @Override
  public void finish(
      int row, int places, MemorySegment indices, MemorySegment values, int latents) {
    if (counts[row] > k) {
      keepBest(row);
    }
    Candidate.write(keys, row * capacity, counts[row], row, places, indices, values, latents);
  }
}
