package org.sememe.training.ranks;

import java.lang.foreign.MemorySegment;

/**
 * One rank's part of some items (rows of a batch, latents of a dictionary), which are dealt out in
 * their order as evenly as they go.
 *
 * @param from its first item
 * @param to the one after its last
 */
public record Part(int from, int to) {
  /** The part of rank {@code rank} of {@code ranks}. */
  public static Part of(int items, int rank, int ranks) {
    return new Part((int) ((long) items * rank / ranks), (int) ((long) items * (rank + 1) / ranks));
  }

  /** How many items it has. */
  public int count() {
    return to - from;
  }

  /** Its bytes of memory that holds {@code items} items of one size. */
  public MemorySegment of(MemorySegment all, int items) {
    long each = all.byteSize() / items;
    return all.asSlice(from * each, count() * each);
  }
}
