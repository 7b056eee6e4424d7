package org.sememe.tensors;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.random.RandomGenerator;

/**
 * Random numbers that depend on a seed, a stream's name and a position, and on nothing else: not on
 * the machine, the Java version or the number of threads. Philox4x32-10 (Salmon et al. 2011,
 * "Parallel random numbers: as easy as 1, 2, 3"): a block of 128 bits is a keyed mix of its
 * counter.
 *
 * <p>{@link #stream} gives a stream of its own to each use, so that one more draw here changes
 * nothing there. {@link #state} is all there is to save. Not thread-safe: give each thread a
 * stream.
 */
public final class RandomStream implements RandomGenerator {
  private static final int ROUNDS = 10;
  private static final int MULTIPLIER_0 = 0xD2511F53;
  private static final int MULTIPLIER_1 = 0xCD9E8D57;
  private static final int KEY_STEP_0 = 0x9E3779B9;
  private static final int KEY_STEP_1 = 0xBB67AE85;

  private final long key;
  private final long lane;
  private long position;
  private long cachedBlock = -1;
  private long cachedLow;
  private long cachedHigh;

  private RandomStream(State state) {
    this.key = state.key;
    this.lane = state.lane;
    this.position = state.position;
  }

  /** The stream of a seed, from its start. */
  public static RandomStream of(long seed) {
    return new RandomStream(new State(seed, 0, 0));
  }

  /** A stream that goes on where {@code state} was taken. */
  public static RandomStream of(State state) {
    return new RandomStream(state);
  }

  /**
   * Where a stream is.
   *
   * @param key with {@code lane}, which stream
   * @param lane see {@code key}
   * @param position 64-bit words drawn so far, at least 0
   */
  public record State(long key, long lane, long position) {
    public State {
      if (position < 0) {
        throw new IllegalArgumentException("a position of " + position);
      }
    }

    /** The state as 48 hexadecimal digits. */
    public String text() {
      return "%016x%016x%016x".formatted(key, lane, position);
    }

    /** The state that {@link #text} gave. */
    public static State parse(String text) {
      if (!text.matches("[0-9a-f]{48}")) {
        throw new IllegalArgumentException("not the state of a random stream: " + text);
      }
      return new State(
          Long.parseUnsignedLong(text, 0, 16, 16),
          Long.parseUnsignedLong(text, 16, 32, 16),
          Long.parseUnsignedLong(text, 32, 48, 16));
    }
  }

  /** Where this stream is. */
  public State state() {
    return new State(key, lane, position);
  }

  /** The sub-stream of a name, from its start; the same wherever this stream is by now. */
  public RandomStream stream(String name) {
    MessageDigest digest = Sha256.digest();
    digest.update(ByteBuffer.allocate(2 * Long.BYTES).putLong(key).putLong(lane).flip());
    ByteBuffer mixed = ByteBuffer.wrap(digest.digest(name.getBytes(StandardCharsets.UTF_8)));
    return new RandomStream(new State(mixed.getLong(), mixed.getLong(), 0));
  }

  /** The sub-stream of a number, for example of an epoch or a document. */
  public RandomStream stream(long number) {
    return stream("#" + number);
  }

  @Override
  public long nextLong() {
    long block = position >>> 1;
    if (block != cachedBlock) {
      mix(block);
      cachedBlock = block;
    }
    return (position++ & 1) == 0 ? cachedLow : cachedHigh;
  }

  @Override
  public int nextInt() {
    return (int) (nextLong() >>> 32);
  }

  /** Even over [0, bound). */
  @Override
  public int nextInt(int bound) {
    return (int) nextLong(bound);
  }

  /** Even over [0, bound), without bias (Lemire 2019). */
  @Override
  public long nextLong(long bound) {
    if (bound < 1) {
      throw new IllegalArgumentException("a bound of " + bound);
    }
    long unfair = Long.remainderUnsigned(-bound, bound);
    while (true) {
      long word = nextLong();
      if (Long.compareUnsigned(word * bound, unfair) >= 0) {
        return Math.unsignedMultiplyHigh(word, bound);
      }
    }
  }

  /** Even over [0, 1), a multiple of 2^-53. */
  @Override
  public double nextDouble() {
    return (nextLong() >>> 11) * 0x1p-53;
  }

  /** Even over [0, 1), a multiple of 2^-24. */
  @Override
  public float nextFloat() {
    return (nextLong() >>> 40) * 0x1p-24f;
  }

  /** Normal with mean 0 and deviation 1 (Box-Muller); takes two words. */
  @Override
  public double nextGaussian() {
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - nextDouble()));
    return radius * StrictMath.cos(2 * StrictMath.PI * nextDouble());
  }

  /** Fills float32 memory with values even over [low, high). */
  public void fillUniform(MemorySegment values, float low, float high) {
    float most = Math.nextDown(high); // rounding may reach the end itself
    for (long i = 0; i < values.byteSize() / Float.BYTES; i++) {
      values.setAtIndex(
          ValueLayout.JAVA_FLOAT, i, Math.min(most, low + (high - low) * nextFloat()));
    }
  }

  /** Fills float32 memory with normal values of mean 0. */
  public void fillNormal(MemorySegment values, float deviation) {
    for (long i = 0; i < values.byteSize() / Float.BYTES; i++) {
      values.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) (deviation * nextGaussian()));
    }
  }

  /** The numbers 0 to {@code n - 1} in an order of which each is equally likely. */
  public int[] permutation(int n) {
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      int j = nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

  private void mix(long block) {
    int c0 = (int) block;
    int c1 = (int) (block >>> 32);
    int c2 = (int) lane;
    int c3 = (int) (lane >>> 32);
    int k0 = (int) key;
    int k1 = (int) (key >>> 32);
    for (int round = 0; round < ROUNDS; round++) {
      long product0 = Integer.toUnsignedLong(MULTIPLIER_0) * Integer.toUnsignedLong(c0);
      long product1 = Integer.toUnsignedLong(MULTIPLIER_1) * Integer.toUnsignedLong(c2);
      c0 = (int) (product1 >>> 32) ^ c1 ^ k0;
      c1 = (int) product1;
      c2 = (int) (product0 >>> 32) ^ c3 ^ k1;
      c3 = (int) product0;
      k0 += KEY_STEP_0;
      k1 += KEY_STEP_1;
    }
    cachedLow = Integer.toUnsignedLong(c0) | (long) c1 << 32;
    cachedHigh = Integer.toUnsignedLong(c2) | (long) c3 << 32;
  }
}
