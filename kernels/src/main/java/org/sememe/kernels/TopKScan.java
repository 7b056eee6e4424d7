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
  private Shortlists lists = new Shortlists(0, 0);
  private float[] thresholds = new float[0];

  /** A row's active latents, {@code [rows, k]}, each a {@link Candidate}. */
  private long[] keys = new long[0];

  /** A scan of up to {@code mostRows} rows. */
  public TopKScan(int mostRows, int k) {
    reshape(mostRows, k);
  }

  /** Forgets everything and scans other numbers of rows and latents from now on. */
  public void reshape(int mostRows, int newK) {
    k = newK;
    int room = Math.max(4 * k, k + 4 * Shortlists.INTS.length());
    if (lists.rows() < mostRows || lists.room() < room) {
      int rows = Math.max(lists.rows(), mostRows);
      lists = new Shortlists(rows, Math.max(lists.room(), room));
      thresholds = new float[rows];
    }
    int wanted = Math.multiplyExact(mostRows, k);
    if (keys.length < wanted) {
      keys = new long[wanted];
    }
    reset(0, mostRows);
  }

  @Override
  public void reset(int from, int to) {
    Arrays.fill(lists.counts, from, to, 0);
    Arrays.fill(thresholds, from, to, 0f);
  }

  @Override
  public void scan(
      int row, MemorySegment scores, long at, MemorySegment bias, int first, int count) {
    int[] bits = lists.bits[row];
    int[] latents = lists.latents[row];
    int room = lists.room(row);
    long chunk = Address.of(scores, at, count);
    long biases = Address.of(bias, (long) first * Float.BYTES, count);
    int i = 0;
    for (boolean going = true; going; ) { // the loop inside makes no call
      FloatVector limit = FloatVector.broadcast(Lanes.SPECIES, thresholds[row]);
      int taken = lists.counts[row];
      for (; i <= count - Lanes.WIDTH && taken <= room; i += Lanes.WIDTH) {
        long o = (long) i * Float.BYTES;
        FloatVector score = Lanes.load(chunk + o).add(Lanes.load(biases + o));
        VectorMask<Float> above = score.compare(VectorOperators.GT, limit);
        if (above.anyTrue()) {
          score.compress(above).reinterpretAsInts().intoArray(bits, taken);
          Shortlists.LANES
              .add(first + i)
              .compress(above.cast(Shortlists.INTS))
              .intoArray(latents, taken);
          taken += above.trueCount();
        }
      }
      lists.counts[row] = taken;
      going = taken > room;
      if (going) {
        keepBest(row);
      }
    }
    for (; i < count; i++) {
      float score = LatentScan.score(chunk, biases, i);
      if (score > thresholds[row]) {
        lists.add(row, score, first + i);
        if (lists.counts[row] > room) {
          keepBest(row);
        }
      }
    }
  }

  /** Keeps the k best and raises the threshold to the worst of them. */
  private void keepBest(int row) {
    thresholds[row] = lists.keepBest(row, k);
  }

  @Override
  public int active(int row) {
    return Math.min(lists.counts[row], k);
  }

  @Override
  public void finish(
      int row, int places, MemorySegment indices, MemorySegment values, int latents) {
    if (lists.counts[row] > k) {
      keepBest(row);
    }
    lists.sorted(row, keys, row * k);
    Candidate.write(keys, row * k, lists.counts[row], row, places, indices, values, latents);
  }
}
