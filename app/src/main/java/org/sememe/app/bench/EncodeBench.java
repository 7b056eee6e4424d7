package org.sememe.app.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sememe.sae.Encoder;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeConfig;
import org.sememe.sae.Sparsity;

/**
 * Encoding: one vector at a time against the time that reading the encoder's weights once takes,
 * and a batch against the encoder's product alone. All in one process, in turns; medians of the
 * repetitions after a warm-up.
 *
 * <p>Weights are read from where the last read left them: a buffer of their size for the bound of a
 * vector right after another. A buffer far larger than any cache gives the bound of a vector whose
 * weights have all gone from there.
 *
 * @param batch rows of the batch
 * @param threads of the batch, of its product and of the callers at once; a single vector takes one
 * @param repetitions timed rounds
 * @param farMegabytes size of the buffer that is larger than any cache
 */
public record EncodeBench(int batch, int threads, int repetitions, int farMegabytes) {
  /** Larger than any cache by far. */
  public static final int FAR_MEGABYTES = 512;

  private static final int WARM_UP = 2;

  /** Single vectors until the compiler is done with them. */
  private static final int WARM_UP_VECTORS = 1_500;

  private static final int MOST_VECTORS = 256;
  private static final int READS = 8;
  private static final double MICRO = 1e6;
  private static final double MEGA = 1e6;
  private static final double GIGA = 1e9;

  /** Checks the ranges. */
  public EncodeBench {
    if (batch < 1 || repetitions < 1 || farMegabytes < 1) {
      throw new IllegalArgumentException("rows and repetitions must be at least 1");
    }
  }

  /** Rounds in all, those of the warm-up included. */
  public int rounds() {
    return WARM_UP + repetitions;
  }

  /** Told after every round. */
  @FunctionalInterface
  public interface Listener {
    void round(int done);
  }

  /** Seconds of each round; of tokens together, their rate. */
  private record Rounds(
      List<Double> read,
      List<Double> farRead,
      List<Double> farToken,
      List<Double> rowOfBatchEncoder,
      List<Double> together,
      List<Double> batch,
      List<Double> product) {
    Rounds() {
      this(list(), list(), list(), list(), list(), list(), list());
    }

    private static List<Double> list() {
      return new ArrayList<>();
    }
  }

  /** What was measured; fields as scripts read them. Megabytes and gigabytes are powers of ten. */
  public Map<String, Object> run(EncodeInputs inputs, Listener listener) {
    Sae sae = inputs.sae();
    SaeConfig config = sae.config();
    try (Arena arena = Arena.ofShared();
        StreamingRead weights = new StreamingRead(weightBytes(config));
        StreamingRead far = new StreamingRead(farMegabytes * 1_000_000L);
        Encoder encoder = new Encoder(sae, batch);
        EncoderProduct product = new EncoderProduct(batch, config.width(), config.latents())) {
      MemorySegment x = rows(inputs, arena);
      try (TokenTimes tokens = new TokenTimes(sae, vectors(x, config.width()), threads)) {
        tokens.warmUp(WARM_UP_VECTORS);
        Rounds rounds = new Rounds();
        for (int round = 0; round < rounds(); round++) {
          if (round == WARM_UP) {
            rounds = new Rounds();
            tokens.restart();
          }
          weights.read();
          weights.read();
          for (int i = 0; i < READS; i++) {
            rounds.read.add(seconds(weights::read));
          }
          tokens.burst();
          rounds.farRead.add(seconds(far::read));
          rounds.farToken.add(tokens.one());
          encoder.encode(x, 1);
          rounds.rowOfBatchEncoder.add(seconds(() -> encoder.encode(x, 1)));
          rounds.together.add(tokens.together());
          rounds.batch.add(seconds(() -> encoder.encode(x, batch)));
          rounds.product.add(seconds(() -> product.step(x)));
          listener.round(round + 1);
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("shape", shape(config));
        fields.put("dictionary", inputs.dictionary());
        fields.put("rows", inputs.rows());
        addBounds(fields, config, rounds, weights.bytes(), far.bytes());
        addTokens(fields, rounds, tokens);
        addBatch(fields, rounds);
        fields.put("threads", threads);
        fields.put("repetitions", repetitions);
        fields.put("cpu", Cpu.name());
        return fields;
      }
    }
  }

  private static long weightBytes(SaeConfig config) {
    return (long) config.width() * config.latents() * Float.BYTES;
  }

  private MemorySegment rows(EncodeInputs inputs, Arena arena) {
    long values = (long) batch * inputs.sae().config().width();
    MemorySegment x = arena.allocate(ValueLayout.JAVA_FLOAT, values);
    inputs.source().next(x);
    for (long i = 0; i < values; i++) {
      float value = x.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      x.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) (value * inputs.scale()));
    }
    return x;
  }

  private float[][] vectors(MemorySegment x, int width) {
    float[][] vectors = new float[Math.min(batch, MOST_VECTORS)][width];
    for (int i = 0; i < vectors.length; i++) {
      long at = (long) i * width * Float.BYTES;
      MemorySegment.copy(x, ValueLayout.JAVA_FLOAT, at, vectors[i], 0, width);
    }
    return vectors;
  }

  private static double seconds(Runnable job) {
    long begin = System.nanoTime();
    job.run();
    return (System.nanoTime() - begin) / 1e9;
  }

  private static Map<String, Object> shape(SaeConfig config) {
    Map<String, Object> shape = new LinkedHashMap<>();
    shape.put("d", config.width());
    shape.put("latents", config.latents());
    if (config.sparsity() instanceof Sparsity.TopK(int k)) {
      shape.put("k", k);
    }
    shape.put("architecture", config.sparsity().key());
    return shape;
  }

  private static void addBounds(
      Map<String, Object> fields, SaeConfig config, Rounds rounds, long buffer, long farBuffer) {
    double bytes = weightBytes(config);
    double bandwidth = buffer / median(rounds.read);
    double farBandwidth = farBuffer / median(rounds.farRead);
    fields.put("weight_mb", bytes / MEGA);
    fields.put("bandwidth_gb_per_s", bandwidth / GIGA);
    fields.put("bandwidth_buffer_mb", buffer / MEGA);
    fields.put("bandwidth_far_gb_per_s", farBandwidth / GIGA);
    fields.put("bandwidth_far_buffer_mb", farBuffer / MEGA);
    fields.put("bandwidth_threads", 1);
    fields.put("bound_us", bytes / bandwidth * MICRO);
    fields.put("bound_far_us", bytes / farBandwidth * MICRO);
  }

  private static void addTokens(Map<String, Object> fields, Rounds rounds, TokenTimes tokens) {
    double token = median(tokens.seconds()) * MICRO;
    double farToken = median(rounds.farToken) * MICRO;
    fields.put("token_us", token);
    fields.put("token_p99_us", Quantile.of(tokens.seconds(), 0.99) * MICRO);
    fields.put("over_bound_us", token - (Double) fields.get("bound_us"));
    fields.put("token_far_us", farToken);
    fields.put("over_bound_far_us", farToken - (Double) fields.get("bound_far_us"));
    fields.put("timed_tokens", tokens.seconds().size());
    fields.put("active_latents", tokens.active());
    fields.put("computed_latents", tokens.computed());
    fields.put("allocated_bytes_per_call", tokens.allocated());
    fields.put("row_of_batch_encoder_us", median(rounds.rowOfBatchEncoder) * MICRO);
    fields.put("concurrent_tokens_per_s", median(rounds.together));
  }

  private void addBatch(Map<String, Object> fields, Rounds rounds) {
    double encode = median(rounds.batch);
    double product = median(rounds.product);
    fields.put("batch_rows", batch);
    fields.put("batch_s", encode);
    fields.put("batch_gemm_s", product);
    fields.put("batch_tokens_per_s", batch / encode);
    fields.put("batch_share_of_gemm", product / encode);
  }

  private static double median(List<Double> values) {
    return Median.of(values, value -> value);
  }
}
