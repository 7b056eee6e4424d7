package org.sememe.tensors;

/**
 * Philox4x32-10 as its authors wrote it down (Salmon et al. 2011), on unsigned 32-bit words held in
 * longs: the oracle of {@link RandomStream}.
 */
final class ScalarPhilox {
  private static final long WORD = 0xFFFFFFFFL;

  private ScalarPhilox() {}

  /** The four words of a counter of four words under a key of two. */
  static long[] block(long[] counter, long[] key) {
    long[] c = counter.clone();
    long k0 = key[0];
    long k1 = key[1];
    for (int round = 0; round < 10; round++) {
      long p0 = 0xD2511F53L * c[0]; // unsigned 64 bits, as in C
      long p1 = 0xCD9E8D57L * c[2];
      c = new long[] {p1 >>> 32 ^ c[1] ^ k0, p1 & WORD, p0 >>> 32 ^ c[3] ^ k1, p0 & WORD};
      k0 = k0 + 0x9E3779B9L & WORD;
      k1 = k1 + 0xBB67AE85L & WORD;
    }
    return c;
  }

  /** The 64-bit word that a stream draws at a position. */
  static long word(RandomStream.State state) {
    long block = state.position() / 2;
    long[] words =
        block(
            new long[] {block & WORD, block >>> 32, state.lane() & WORD, state.lane() >>> 32},
            new long[] {state.key() & WORD, state.key() >>> 32});
    int first = state.position() % 2 == 0 ? 0 : 2;
    return words[first] | words[first + 1] << 32;
  }
}
