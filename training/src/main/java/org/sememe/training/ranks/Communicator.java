package org.sememe.training.ranks;

import java.lang.foreign.MemorySegment;

/**
 * What ranks say to each other. Every rank calls the same operations in the same order; each
 * returns when this rank's part of it is done. Sums are the same bits on every rank, and the same
 * in every run with as many ranks. Memory is native. One thread at a time.
 *
 * <p>Where another rank is gone, or silent for the timeout, every operation throws a {@link
 * RankLostException}.
 */
public sealed interface Communicator extends AutoCloseable permits SingleRank, C10dRanks {
  /** This process's number, from 0. */
  int rank();

  /** How many there are. */
  int size();

  /** Puts in place of each rank's float32 numbers their sum over the ranks. */
  void sum(MemorySegment floats);

  /**
   * Completes {@code items} items of one size each, of which every rank has put its {@link Part} in
   * its place.
   */
  void share(MemorySegment all, int items);

  /** The same of {@code items} numbers. */
  void share(double[] all, int items);

  /** A number of each rank's, in their order. */
  double[] each(double mine);

  /** Puts rank 0's bytes in place of the others'. */
  void broadcast(MemorySegment bytes);

  /**
   * Collects parts as {@link #share} does, but on rank 0 alone.
   *
   * @param mine this rank's part
   * @param all room for all on rank 0; not looked at on the others
   */
  void collect(MemorySegment mine, MemorySegment all, int items);

  /** Waits until all ranks have come here. */
  default void barrier() {
    each(0);
  }

  /**
   * Waits until every rank has come here, the end of a job that went well: whoever goes before
   * takes with it what it has sent and another has not read.
   */
  void leave();

  /** The bytes of arrays that this rank has sent so far, by the formulas of docs/distributed.md. */
  long sentBytes();

  /** This rank's part of some items. */
  default Part part(int items) {
    return Part.of(items, rank(), size());
  }

  /** The sum of a number over the ranks, in their order. */
  default double sum(double mine) {
    double sum = 0;
    for (double one : each(mine)) {
      sum += one;
    }
    return sum;
  }

  /** The least of a number over the ranks. */
  default double least(double mine) {
    double least = mine;
    for (double one : each(mine)) {
      least = Math.min(least, one);
    }
    return least;
  }

  /** Whether it is so on any rank. */
  default boolean any(boolean mine) {
    return least(mine ? -1 : 0) < 0;
  }

  @Override
  void close();
}
