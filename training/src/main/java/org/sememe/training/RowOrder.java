package org.sememe.training;

import org.sememe.tensors.RandomStream;

/**
 * A seeded order of the numbers 0 to n - 1 that takes no memory and can be entered anywhere: a
 * four-round Feistel network over the next power of four, walked until it lands below n.
 */
final class RowOrder {
  private static final int ROUNDS = 4;

  private final long n;
  private final int halfBits;
  private final long mask;
  private final long[] keys = new long[ROUNDS];

  /** An order of {@code n} numbers, at least 1. */
  RowOrder(long n, RandomStream random) {
    this.n = n;
    int bits = Long.SIZE - Long.numberOfLeadingZeros(n - 1);
    this.halfBits = Math.max(1, (bits + 1) / 2);
    this.mask = (1L << halfBits) - 1;
    for (int round = 0; round < ROUNDS; round++) {
      keys[round] = random.nextLong();
    }
  }

  /** The number at a place, 0 to n - 1. */
  long at(long place) {
    long number = place;
    do {
      number = mix(number);
    } while (number >= n);
    return number;
  }

  private long mix(long number) {
    long left = number >>> halfBits;
    long right = number & mask;
    for (long key : keys) {
      long next = left ^ (scramble(right ^ key) & mask);
      left = right;
      right = next;
    }
    return left << halfBits | right;
  }

  /** The finaliser of SplitMix64 (Steele et al. 2014): every bit of the result needs every bit. */
  private static long scramble(long word) {
    long mixed = (word ^ (word >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return mixed ^ (mixed >>> 31);
  }
}
