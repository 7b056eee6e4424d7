package org.sememe.kernels;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Lists the pre-activations of each row that are above their latent's limit, which may be below 0,
 * by ascending latent. NaN is never above. Lists keep their memory from batch to batch.
 */
public final class AboveScan implements ChunkScan {
  private static final int FIRST_ROOM = 64;

  private final MemorySegment limits;
  private final float floor;
  private final long[][] lists;
  private final int[] counts;

  /**
   * A scan of up to {@code mostRows} rows.
   *
   * @param limits float32 {@code [latents]}; the caller keeps it alive, and may change it between
   *     scans
   */
  public AboveScan(int mostRows, MemorySegment limits) {
    this(mostRows, limits, Float.NEGATIVE_INFINITY);
  }

  /** The same with limits below {@code floor} raised to it. */
  AboveScan(int mostRows, MemorySegment limits, float floor) {
    this.limits = limits;
    this.floor = floor;
    this.lists = new long[mostRows][FIRST_ROOM];
    this.counts = new int[mostRows];
  }

  @Override
  public void reset(int from, int to) {
    Arrays.fill(counts, from, to, 0);
  }

  @Override
  public void scan(
      int row, MemorySegment scores, long at, MemorySegment bias, int first, int count) {
    long chunk = Address.of(scores, at, count);
    long biases = Address.of(bias, (long) first * Float.BYTES, count);
    long wanted = Address.of(limits, (long) first * Float.BYTES, count);
    int i = 0;
    for (; i <= count - Lanes.WIDTH; i += Lanes.WIDTH) {
      long o = (long) i * Float.BYTES;
      FloatVector score = Lanes.load(chunk + o).add(Lanes.load(biases + o));
      FloatVector limit = Lanes.load(wanted + o).max(floor);
      for (long bits = score.compare(VectorOperators.GT, limit).toLong();
          bits != 0;
          bits &= bits - 1) {
        int j = i + Long.numberOfTrailingZeros(bits);
        add(row, LatentScan.score(chunk, biases, j), first + j);
      }
    }
    for (; i < count; i++) {
      float score = LatentScan.score(chunk, biases, i);
      if (score > Math.max(floor, Lanes.get(wanted + (long) i * Float.BYTES))) {
        add(row, score, first + i);
      }
    }
  }

  private void add(int row, float value, int latent) {
    int count = counts[row];
    if (count == lists[row].length) {
      lists[row] = Arrays.copyOf(lists[row], 2 * count);
    }
    lists[row][count] = Candidate.of(value, latent);
    counts[row] = count + 1;
  }

  /** How many a row has. */
  public int count(int row) {
    return counts[row];
  }

  /** A row's list as {@link Candidate}s, which order as such where values are above 0. */
  long[] list(int row) {
    return lists[row];
  }

  /** Writes a row's list from element {@code at} on: int32 latents, float32 pre-activations. */
  public void write(int row, long at, MemorySegment indices, MemorySegment preActivations) {
    long latents = Address.of(indices, at * Integer.BYTES, counts[row]);
    long values = Address.of(preActivations, at * Float.BYTES, counts[row]);
    for (int i = 0; i < counts[row]; i++) {
      long listed = lists[row][i];
      Lanes.setInteger(latents + (long) i * Integer.BYTES, Candidate.latent(listed));
      Lanes.set(values + (long) i * Float.BYTES, Candidate.value(listed));
    }
  }
}
