package org.sememe.app.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.sememe.sae.Sae;
import org.sememe.sae.TokenCodes;
import org.sememe.sae.TokenEncoder;

/** Times an encoder of single vectors, one caller and many. Owns it. One thread at a time. */
final class TokenTimes implements AutoCloseable {
  /** Vectors in a burst, after those that bring the weights near. */
  private static final int BURST = 64;

  private static final int NOT_TIMED = 4;

  /** Vectors that each of many callers encodes. */
  private static final int EACH = 256;

  private static final ThreadMXBean METER = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final float[][] vectors;
  private final TokenEncoder encoder;
  private final TokenCodes[] codes;
  private final ExecutorService callers;
  private final double[] took = new double[BURST];
  private final List<Double> seconds = new ArrayList<>();
  private long allocated;
  private long computed;
  private long active;
  private int next;

  /**
   * An encoder of a dictionary.
   *
   * @param vectors {@code [n][d]}, encoded in turns
   * @param threads of the many callers
   */
  TokenTimes(Sae sae, float[][] vectors, int threads) {
    this.vectors = vectors;
    this.encoder = sae.tokenEncoder();
    this.codes = new TokenCodes[threads];
    Arrays.setAll(codes, _ -> encoder.codes());
    this.callers = Executors.newFixedThreadPool(threads);
  }

  /** Encodes so many vectors, untimed. */
  void warmUp(int count) {
    for (int i = 0; i < count; i++) {
      encode();
    }
  }

  private void encode() {
    encoder.encode(vectors[next], codes[0]);
    next = (next + 1) % vectors.length;
  }

  /** Seconds of one vector. */
  double one() {
    long begin = System.nanoTime();
    encode();
    return (System.nanoTime() - begin) / 1e9;
  }

  /** Times vectors one after another, and counts what they allocate. */
  void burst() {
    warmUp(NOT_TIMED);
    long before = METER.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < BURST; i++) {
      took[i] = one();
      computed += codes[0].computed();
      active += codes[0].count();
    }
    allocated += METER.getCurrentThreadAllocatedBytes() - before;
    Arrays.stream(took).forEach(seconds::add);
  }

  /** Vectors a second with all callers at once. */
  double together() {
    long begin = System.nanoTime();
    CompletableFuture<?>[] jobs = new CompletableFuture<?>[codes.length];
    Arrays.setAll(jobs, caller -> CompletableFuture.runAsync(() -> encodeAs(caller), callers));
    CompletableFuture.allOf(jobs).join();
    return (double) EACH * codes.length / ((System.nanoTime() - begin) / 1e9);
  }

  private void encodeAs(int caller) {
    for (int i = 0; i < EACH; i++) {
      encoder.encode(vectors[(caller + i) % vectors.length], codes[caller]);
    }
  }

  /** Forgets what the bursts so far took. */
  void restart() {
    seconds.clear();
    allocated = 0;
    computed = 0;
    active = 0;
  }

  /** Seconds of each vector of the bursts. */
  List<Double> seconds() {
    return List.copyOf(seconds);
  }

  /** Bytes that a vector of the bursts allocated. */
  double allocated() {
    return (double) allocated / seconds.size();
  }

  /** Latents of a vector that were computed in float32, on average over the bursts. */
  double computed() {
    return (double) computed / seconds.size();
  }

  /** Active latents of a vector, on average over the bursts. */
  double active() {
    return (double) active / seconds.size();
  }

  @Override
  public void close() {
    callers.close();
    encoder.close();
  }
}
