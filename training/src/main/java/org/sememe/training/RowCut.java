package org.sememe.training;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.sememe.kernels.Workers;
import org.sememe.training.ranks.Communicator;
import org.sememe.training.ranks.Part;

/**
 * The exact k largest activations of each row where ranks have a range of the latents each: those
 * that are among the k best of all are among the k best of their rank. So each rank gives its k
 * best values a row, and sees which of its own are left. A lower rank has lower latents, and a
 * rank's equal values stand by rising latent: so of equal ones the lowest latents stay, as on one
 * rank. What is sent, {@code 4 rows k} bytes of each rank, does not grow with the latents. Owns its
 * memory; one thread at a time, which shares the work.
 */
final class RowCut implements AutoCloseable {
  private final Communicator ranks;
  private final Workers workers;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment gathered;

  /** Cuts of up to so many values in all; {@code ranks} and {@code workers} stay the caller's. */
  RowCut(Communicator ranks, Workers workers, long mostValues) {
    this.ranks = ranks;
    this.workers = workers;
    this.gathered =
        arena.allocate(Math.multiplyExact(mostValues * ranks.size(), Float.BYTES), Long.BYTES);
  }

  /**
   * Sets the values to 0 that are not among the {@code k} best of all ranks' rows.
   *
   * @param values float32 {@code [rows, places]}, a row's falling, 0 where there is none
   * @param places at most k; as many as the rank has
   */
  void leaveBest(MemorySegment values, int rows, int places, int k) {
    int size = ranks.size();
    long bytes = (long) size * rows * k * Float.BYTES;
    MemorySegment all = gathered.asSlice(0, bytes);
    MemorySegment mine = Part.of(size, ranks.rank(), size).of(all, size);
    for (int row = 0; row < rows; row++) {
      long to = (long) row * k * Float.BYTES;
      long length = (long) places * Float.BYTES;
      MemorySegment.copy(values, row * length, mine, to, length);
      mine.asSlice(to + length, (long) (k - places) * Float.BYTES).fill((byte) 0);
    }
    ranks.share(all, size);
    workers.split(
        rows,
        (from, to) -> {
          for (int row = from; row < to; row++) {
            int kept = kept(all, row, rows, k);
            for (int place = kept; place < places; place++) {
              values.setAtIndex(ValueLayout.JAVA_FLOAT, (long) row * places + place, 0);
            }
          }
        });
  }

  /** How many of this rank's values of a row are among the k best of all ranks'. */
  private int kept(MemorySegment all, int row, int rows, int k) {
    int size = ranks.size();
    int[] next = new int[size];
    for (int taken = 0; taken < k; taken++) {
      int best = 0;
      float most = 0;
      for (int rank = 0; rank < size; rank++) {
        long at = ((long) rank * rows + row) * k + next[rank];
        float value = next[rank] < k ? all.getAtIndex(ValueLayout.JAVA_FLOAT, at) : 0;
        if (value > most) {
          most = value;
          best = rank;
        }
      }
      if (most == 0) {
        break;
      }
      next[best]++;
    }
    return next[ranks.rank()];
  }

  @Override
  public void close() {
    arena.close();
  }
}
