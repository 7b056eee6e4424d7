package org.sememe.training;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * The rows of a pool of contexts, in an order of their own.
 *
 * @param number of the pool, from 1
 * @param rows how many it has
 * @param first the first in that order that is still kept
 * @param memory of the kept rows
 * @param order where a row lies in it, by its place in the order
 * @param nonFinite rows that were left out of it
 * @param owned what frees the memory, if it is the pool's own
 */
record Pool(
    long number,
    int rows,
    int first,
    MemorySegment memory,
    Order order,
    int nonFinite,
    Optional<Arena> owned)
    implements AutoCloseable {
  /** Which of the memory's rows comes at a place. */
  @FunctionalInterface
  interface Order {
    long at(long place);
  }

  /** The row at a place. */
  MemorySegment row(int place, long bytes) {
    return memory.asSlice(order.at(place) * bytes, bytes);
  }

  /** The rows from a place on, in memory of their own. */
  Pool rest(int from, long bytes) {
    Arena arena = Arena.ofShared();
    MemorySegment copy = arena.allocate((rows - from) * bytes, Long.BYTES);
    for (int place = from; place < rows; place++) {
      MemorySegment.copy(row(place, bytes), 0, copy, (place - from) * bytes, bytes);
    }
    return new Pool(number, rows, from, copy, place -> place - from, nonFinite, Optional.of(arena));
  }

  @Override
  public void close() {
    owned.ifPresent(Arena::close);
  }
}
