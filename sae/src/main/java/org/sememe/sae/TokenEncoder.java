package org.sememe.sae;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.locks.StampedLock;
import org.sememe.kernels.BoundedScan;
import org.sememe.kernels.ByteBounds;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.tensors.TensorMemory;

/**
 * Encodes one activation vector at a time, as a service does that gets one a request: on the
 * caller's thread, without libtorch, without allocation. The result is exact: the active latents
 * and activations that {@link Encoder} finds, up to how float32 sums round.
 *
 * <p>Made once, it is used by any number of threads at the same time, each with {@link TokenCodes}
 * of its own:
 *
 * <pre>{@code
 * TokenEncoder encoder = sae.tokenEncoder(); // one a dictionary
 * TokenCodes codes = encoder.codes(); // one a thread, used again and again
 * encoder.encode(x, codes);
 * for (int place = 0; place < codes.count(); place++) {
 *   log(codes.latent(place), codes.activation(place));
 * }
 * }</pre>
 *
 * <p>Owns a copy of the encoder's weights rounded to bytes, a quarter of their size, in native
 * memory. Close it before the dictionary, and when no call is under way.
 */
public final class TokenEncoder implements AutoCloseable {
  // A vector's product with the weights costs the reading of them. So most are not read: the
  // rounded copy bounds every pre-activation, and only what the bounds leave open is computed.
  // Medians at d 576, 9,216 latents, k 32, one thread of an AMD EPYC (Zen 4), weights just read:
  // to read them 300 us; the best float32 product 370; a screen of two bytes a weight 180, of one
  // 175, with 40 for the 91 latents that it leaves open in a random dictionary. In 256-bit lanes:
  // 320, 345, 300, 195. A second thread could save no more than a hand-off costs.
  private final SaeConfig config;
  private final Arena arena = Arena.ofShared();

  /** Held for reading while a vector is encoded: its memory must not be closed meanwhile. */
  private final StampedLock use = new StampedLock();

  /** Set before closing waits: callers without a pause between their vectors would keep it out. */
  private volatile boolean closed;

  private final ByteBounds bounds;
  private final MemorySegment encoder;
  private final MemorySegment encoderBias;
  private final MemorySegment decoderBias;
  private final MemorySegment thresholds;

  /**
   * Rounds the weights of a dictionary, which takes about 200 ms for 20 MB of them.
   *
   * @throws IllegalArgumentException if its sparsity is not topk, relu or jumprelu, or its rows are
   *     normalised: {@link Encoder} takes those
   */
  public TokenEncoder(Sae sae) {
    this.config = sae.config();
    requireBounded(config);
    this.encoder = TensorMemory.segment(sae.encoder());
    this.encoderBias = TensorMemory.segment(sae.encoderBias());
    this.decoderBias = TensorMemory.segment(sae.decoderBias());
    this.thresholds =
        sae.thresholds()
            .map(TensorMemory::segment)
            .orElseGet(() -> arena.allocate(ValueLayout.JAVA_FLOAT, config.latents()));
    this.bounds = new ByteBounds(encoder, encoderBias, config.latents(), config.width(), arena);
  }

  private static void requireBounded(SaeConfig config) {
    boolean bounded =
        switch (config.sparsity()) {
          case Sparsity.TopK _, Sparsity.Relu _, Sparsity.JumpRelu _ -> true;
          case Sparsity.AbsTopK _,
              Sparsity.GroupMax _,
              Sparsity.MatchingPursuit _,
              Sparsity.Omp _,
              Sparsity.Own _ ->
              false;
        };
    if (!bounded || config.rows() != RowNormalisation.NONE) {
      throw new IllegalArgumentException(
          "TokenEncoder takes topk, relu and jumprelu of plain rows, not "
              + config.sparsity().key()
              + " with row normalisation "
              + config.rows()
              + ": use Encoder");
    }
  }

  /** Room for the codes of one vector, and for making them; see there. */
  public TokenCodes codes() {
    return new TokenCodes(this);
  }

  /**
   * The codes of one vector.
   *
   * @param x {@code [d]}; only read
   * @param codes made by this encoder, used by no other thread; overwritten
   * @throws IllegalArgumentException if x is not d values long, or the codes are another encoder's
   * @throws IllegalStateException if this is closed
   */
  public void encode(float[] x, TokenCodes codes) {
    check((long) x.length * Float.BYTES, codes);
    MemorySegment.copy(x, 0, codes.input(), ValueLayout.JAVA_FLOAT, 0, x.length);
    find(codes);
  }

  /**
   * The codes of one vector.
   *
   * @param x float32 {@code [d]}, on the heap or not; only read
   * @param codes made by this encoder, used by no other thread; overwritten
   * @throws IllegalArgumentException if x is not d values long, or the codes are another encoder's
   * @throws IllegalStateException if this is closed
   */
  public void encode(MemorySegment x, TokenCodes codes) {
    check(x.byteSize(), codes);
    MemorySegment.copy(x, 0, codes.input(), 0, x.byteSize());
    find(codes);
  }

  private void check(long bytes, TokenCodes codes) {
    if (bytes != (long) config.width() * Float.BYTES) {
      throw new IllegalArgumentException(
          "a vector of " + bytes + " bytes, where " + config.width() + " float32 values are taken");
    }
    if (codes.maker() != this) {
      throw new IllegalArgumentException("the codes were made by another encoder");
    }
  }

  private void find(TokenCodes codes) {
    codes.clear(); // should it fail
    long stamp = use.readLock();
    try {
      if (closed) {
        throw new IllegalStateException("the encoder is closed");
      }
      centre(codes.input());
      codes.find();
    } finally {
      use.unlockRead(stamp);
    }
  }

  private void centre(MemorySegment x) {
    if (config.subtractDecoderBias()) {
      for (int i = 0; i < config.width(); i++) {
        float centred =
            x.getAtIndex(ValueLayout.JAVA_FLOAT, i)
                - decoderBias.getAtIndex(ValueLayout.JAVA_FLOAT, i);
        x.setAtIndex(ValueLayout.JAVA_FLOAT, i, centred);
      }
    }
  }

  /** The values of an input, those that the kernel needs after it included. */
  int inputs() {
    return bounds.inputs();
  }

  /** The most latents that can be active at once. */
  int most() {
    return config.sparsity() instanceof Sparsity.TopK(int k) ? k : config.latents();
  }

  /** What finds the active latents, with scratch memory in an arena. */
  BoundedScan scan(Arena scratch) {
    return config.sparsity() instanceof Sparsity.TopK(int k)
        ? BoundedScan.topK(bounds, encoder, encoderBias, k, scratch)
        : BoundedScan.above(bounds, encoder, encoderBias, thresholds, scratch);
  }

  /** Waits for the vectors that are being encoded. */
  @Override
  public void close() {
    closed = true;
    long stamp = use.writeLock();
    try {
      arena.close();
    } finally {
      use.unlockWrite(stamp);
    }
  }
}
