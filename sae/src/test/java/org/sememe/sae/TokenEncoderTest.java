package org.sememe.sae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.LeakMeter;

/** One vector at a time against {@link Encoder} and {@link DenseSae}. */
class TokenEncoderTest {
  private static final long SEED = 52;
  private static final int ROWS = 9;

  /** How long the compiler may take to be done, on a busy machine. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final int QUIET = 2_000;
  private static final ThreadMXBean METER = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final RandomStream random = RandomStream.of(SEED);

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  static Stream<SaeConfig> configs() {
    return EncoderTest.configs();
  }

  static Stream<Sparsity> sparsities() {
    return EncoderTest.sparsities();
  }

  /** Numbers whose sums are exact: the same latents, ties included, and the same bits. */
  @ParameterizedTest
  @MethodSource("configs")
  void findsWhatLibtorchFindsDensely(SaeConfig config) {
    try (PointerScope scope = new PointerScope();
        Sae sae = DenseSae.random(random, config);
        TokenEncoder encoder = sae.tokenEncoder()) {
      Tensor x = DenseSae.eighths(random, ROWS, config.width());
      x.narrow(0, ROWS / 2, 1).zero_();
      DenseSae dense = new DenseSae(sae);
      List<ActiveLatents> found = encode(encoder, rows(x));
      String what = "%s, seed %d".formatted(config, SEED);
      assertThat(dense.dense(found)).as(what).isEqualTo(TensorMemory.floats(dense.activations(x)));
      found.forEach(row -> requireFalling(what, row));
    }
  }

  private static void requireFalling(String what, ActiveLatents row) {
    for (int i = 1; i < row.latents().length; i++) {
      float before = row.activations()[i - 1];
      float after = row.activations()[i];
      assertThat(before > after || before == after && row.latents()[i - 1] < row.latents()[i])
          .as("%s: places %d and %d", what, i - 1, i)
          .isTrue();
    }
  }

  /** Ordinary numbers: the same latents but where activations are as good as equal. */
  @ParameterizedTest
  @MethodSource("sparsities")
  void findsWhatTheBatchFinds(Sparsity sparsity) {
    int d = 131;
    int latents = 1_237;
    SaeConfig config = DenseSae.config(d, latents, sparsity, true);
    try (PointerScope scope = new PointerScope();
        Sae sae =
            new Sae(
                config,
                normal(latents, d),
                normal(latents),
                normal(latents, d),
                normal(d),
                new DenseSae(DenseSae.random(random, config)).sae().thresholds());
        TokenEncoder encoder = sae.tokenEncoder();
        Encoder batch = new Encoder(sae, 64)) {
      Tensor x = normal(64, d);
      SparseCodes expected = batch.encode(TensorMemory.segment(x), 64);
      List<ActiveLatents> found = encode(encoder, rows(x));
      for (int row = 0; row < 64; row++) {
        compare("row %d, seed %d".formatted(row, SEED), found.get(row), expected.active(row));
      }
    }
  }

  private static void compare(String what, ActiveLatents found, ActiveLatents expected) {
    assertThat(found.activations()).as(what).hasSize(expected.activations().length);
    for (int i = 0; i < found.latents().length; i++) {
      float activation = found.activations()[i];
      assertThat(activation).as(what).isCloseTo(expected.activations()[i], within(2e-4f));
      if (found.latents()[i] != expected.latents()[i]) {
        // Another latent at this place: then its activation is about the same in both.
        int other = place(expected, found.latents()[i]);
        assertThat(other < 0 ? expected.activations()[i] : expected.activations()[other])
            .as(what)
            .isCloseTo(activation, within(2e-4f));
      }
    }
  }

  private static int place(ActiveLatents row, int latent) {
    for (int i = 0; i < row.latents().length; i++) {
      if (row.latents()[i] == latent) {
        return i;
      }
    }
    return -1;
  }

  private Tensor normal(long... shape) {
    Tensor tensor = TensorMemory.empty(ScalarType.Float, shape);
    random.fillNormal(TensorMemory.segment(tensor), 1);
    return tensor;
  }

  private static List<ActiveLatents> encode(TokenEncoder encoder, float[][] rows) {
    TokenCodes codes = encoder.codes();
    List<ActiveLatents> found = new ArrayList<>();
    for (float[] row : rows) {
      float[] kept = row.clone();
      encoder.encode(row, codes);
      assertThat(row).as("the caller's vector").isEqualTo(kept);
      found.add(codes.active());
    }
    return found;
  }

  private static float[][] rows(Tensor x) {
    float[] flat = TensorMemory.floats(x);
    int d = (int) x.size(1);
    float[][] rows = new float[(int) x.size(0)][];
    Arrays.setAll(rows, row -> Arrays.copyOfRange(flat, row * d, (row + 1) * d));
    return rows;
  }

  @ParameterizedTest
  @MethodSource("sparsities")
  void segmentsAreTakenAsArraysAre(Sparsity sparsity) {
    try (PointerScope scope = new PointerScope();
        Sae sae = DenseSae.random(random, DenseSae.config(5, 40, sparsity, true));
        TokenEncoder encoder = sae.tokenEncoder()) {
      Tensor x = DenseSae.eighths(random, 1, 5);
      float[] array = rows(x)[0];
      TokenCodes codes = encoder.codes();
      assertThat(codes.count()).isZero();
      encoder.encode(array, codes);
      ActiveLatents expected = codes.active();
      assertThat(codes.count()).isEqualTo(expected.latents().length).isPositive();
      assertThat(codes.computed()).isBetween(codes.count(), 40);
      for (int place = 0; place < codes.count(); place++) {
        assertThat(codes.latent(place)).isEqualTo(expected.latents()[place]);
        assertThat(codes.activation(place)).isEqualTo(expected.activations()[place]);
      }
      for (MemorySegment segment :
          new MemorySegment[] {MemorySegment.ofArray(array), TensorMemory.segment(x)}) {
        encoder.encode(segment, codes);
        assertThat(codes.active()).usingRecursiveComparison().isEqualTo(expected);
      }
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    try (PointerScope scope = new PointerScope();
        Sae sae = DenseSae.random(random, DenseSae.config(3, 8, new Sparsity.TopK(2), true))) {
      TokenEncoder encoder = sae.tokenEncoder();
      TokenCodes codes = encoder.codes();
      encoder.encode(new float[] {1, 2, 3}, codes);
      assertThatThrownBy(() -> codes.latent(codes.count()))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> encoder.encode(new float[4], codes))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("a vector of 16 bytes, where 3 float32 values are taken");
      assertThatThrownBy(() -> encoder.encode(MemorySegment.ofArray(new byte[13]), codes))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("13 bytes");
      try (TokenEncoder other = sae.tokenEncoder()) {
        assertThatThrownBy(() -> other.encode(new float[3], codes))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage("the codes were made by another encoder");
      }
      encoder.close();
      assertThatThrownBy(() -> encoder.encode(new float[3], codes))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("the encoder is closed");
      assertThat(codes.count()).as("of a call that failed").isZero();
    }
  }

  @ParameterizedTest
  @MethodSource("sparsities")
  void aVectorWithNaNHasNoActiveLatentAndSpoilsNoOther(Sparsity sparsity) {
    try (PointerScope scope = new PointerScope();
        Sae sae = DenseSae.random(random, DenseSae.config(17, 100, sparsity, true));
        TokenEncoder encoder = sae.tokenEncoder()) {
      float[][] rows = rows(DenseSae.eighths(random, 1, 17));
      ActiveLatents clean = encode(encoder, rows).getFirst();
      float[] spoilt = rows[0].clone();
      spoilt[5] = Float.NaN;
      List<ActiveLatents> found = encode(encoder, new float[][] {spoilt, rows[0]});
      assertThat(found.getFirst().latents()).isEmpty();
      assertThat(found.getLast()).usingRecursiveComparison().isEqualTo(clean);
    }
  }

  /** Until the compiler is done, vectors are objects; then nothing is. */
  @ParameterizedTest
  @MethodSource("sparsities")
  void aCallAllocatesNothing(Sparsity sparsity) {
    try (PointerScope scope = new PointerScope();
        Sae sae = DenseSae.random(random, DenseSae.config(37, 203, sparsity, true));
        TokenEncoder encoder = sae.tokenEncoder()) {
      float[][] rows = rows(DenseSae.eighths(random, ROWS, 37));
      MemorySegment[] segments = new MemorySegment[ROWS];
      Arrays.setAll(segments, row -> MemorySegment.ofArray(rows[row]));
      TokenCodes codes = encoder.codes();
      long allocated = Long.MAX_VALUE;
      long start = System.nanoTime();
      while (allocated > 0 && System.nanoTime() - start < PATIENCE.toNanos()) {
        long before = METER.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < QUIET / 2; i++) {
          encoder.encode(rows[i % ROWS], codes);
          encoder.encode(segments[i % ROWS], codes);
        }
        allocated = METER.getCurrentThreadAllocatedBytes() - before;
      }
      assertThat(allocated).as("bytes allocated by %d calls", QUIET).isZero();
    }
  }

  @ParameterizedTest
  @MethodSource("sparsities")
  void manyThreadsEncodeWithOneEncoder(Sparsity sparsity)
      throws InterruptedException, ExecutionException {
    try (PointerScope scope = new PointerScope();
        Sae sae = DenseSae.random(random, DenseSae.config(23, 300, sparsity, true));
        TokenEncoder encoder = sae.tokenEncoder();
        ExecutorService callers = Executors.newFixedThreadPool(8)) {
      List<Future<?>> done = new ArrayList<>();
      for (int caller = 0; caller < 8; caller++) {
        float[][] rows = rows(DenseSae.eighths(random, ROWS, 23));
        List<ActiveLatents> expected = encode(encoder, rows);
        done.add(
            callers.submit(
                () -> {
                  for (int i = 0; i < 50; i++) {
                    assertThat(encode(encoder, rows))
                        .usingRecursiveComparison()
                        .isEqualTo(expected);
                  }
                }));
      }
      for (Future<?> future : done) {
        future.get();
      }
    }
  }

  /** An address has no owner that would keep its memory: closing has to wait for those in it. */
  @Test
  void oneMayBeClosedWhileOthersEncode() throws InterruptedException, ExecutionException {
    try (PointerScope scope = new PointerScope();
        Sae sae = DenseSae.random(random, DenseSae.config(64, 8000, new Sparsity.TopK(5), true));
        ExecutorService callers = Executors.newFixedThreadPool(4)) {
      float[][] rows = rows(DenseSae.eighths(random, ROWS, 64));
      for (int time = 0; time < 20; time++) {
        TokenEncoder encoder = sae.tokenEncoder();
        CountDownLatch encoding = new CountDownLatch(4);
        List<Future<?>> done = new ArrayList<>();
        for (int caller = 0; caller < 4; caller++) {
          TokenCodes codes = encoder.codes();
          done.add(
              callers.submit(
                  () -> {
                    encoder.encode(rows[0], codes);
                    encoding.countDown();
                    assertThatThrownBy(() -> encodeForEver(encoder, rows, codes))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("the encoder is closed");
                  }));
        }
        encoding.await();
        encoder.close();
        for (Future<?> future : done) {
          future.get();
        }
      }
    }
  }

  private static void encodeForEver(TokenEncoder encoder, float[][] rows, TokenCodes codes) {
    for (int i = 0; true; i++) {
      encoder.encode(rows[i % ROWS], codes);
    }
  }

  @Test
  void encodersLeaveNothingBehind() throws Exception {
    SaeConfig config = DenseSae.config(33, 5000, new Sparsity.JumpRelu(), true);
    try (PointerScope scope = new PointerScope();
        Sae sae = DenseSae.random(random, config)) {
      LeakMeter.assertFlat(
          100,
          64L << 20,
          () -> {
            try (TokenEncoder encoder = sae.tokenEncoder()) {
              encoder.encode(new float[33], encoder.codes());
            }
          });
    }
  }
}
