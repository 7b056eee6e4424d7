package org.sememe.sae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.LeakMeter;

/** Encoding and decoding against {@link DenseSae}, to the bit. */
class EncoderTest {
  private static final long SEED = 51;
  private static final int MOST_ROWS = 9;
  private static final long RESIDENT_SLACK = 64L << 20;

  private final RandomStream random = RandomStream.of(SEED);

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  @AfterEach
  void restoreThreads() {
    Torch.threads(2);
  }

  /** Odd shapes, on both sides of a chunk of 4,096 latents, and over two chunks. */
  static Stream<SaeConfig> configs() {
    List<SaeConfig> configs = new ArrayList<>();
    for (int[] shape :
        new int[][] {
          {1, 1}, {1, 5}, {3, 1}, {17, 33}, {577, 64}, {5, 4095}, {2, 4096}, {33, 4097}, {7, 9001}
        }) {
      int latents = shape[1];
      for (Sparsity sparsity :
          List.of(
              new Sparsity.TopK(1),
              new Sparsity.TopK(Math.min(latents, 32)),
              new Sparsity.TopK(latents),
              new Sparsity.Relu(),
              new Sparsity.JumpRelu())) {
        for (boolean subtract : new boolean[] {true, false}) {
          configs.add(DenseSae.config(shape[0], latents, sparsity, subtract));
        }
      }
    }
    return configs.stream();
  }

  @ParameterizedTest
  @MethodSource("configs")
  void encodesAndDecodesAsLibtorchDoesDensely(SaeConfig config) {
    try (PointerScope scope = new PointerScope();
        Sae sae = DenseSae.random(random, config);
        Encoder encoder = new Encoder(sae, MOST_ROWS)) {
      assertThat(encoder.mostRows()).isEqualTo(MOST_ROWS);
      for (int rows : new int[] {MOST_ROWS, 1, 4, MOST_ROWS}) {
        Tensor x = DenseSae.eighths(random, rows, config.width());
        if (rows > 2) {
          x.narrow(0, rows / 2, 1).zero_();
        }
        compare(new DenseSae(sae), encoder, x);
      }
    }
  }

  private static void compare(DenseSae dense, Encoder encoder, Tensor x) {
    int rows = (int) x.size(0);
    SparseCodes codes = encoder.encode(TensorMemory.segment(x), rows);
    Tensor activations = dense.activations(x);
    String what = "%s, %d rows, seed %d".formatted(dense.sae().config(), rows, SEED);
    requireWellFormed(what, codes, dense.sae().config().latents());
    assertThat(dense.dense(codes)).as(what).isEqualTo(TensorMemory.floats(activations));
    Tensor target = TensorMemory.empty(ScalarType.Float, rows, x.size(1));
    encoder.decode(codes, TensorMemory.segment(target));
    assertThat(TensorMemory.floats(target))
        .as(what)
        .isEqualTo(TensorMemory.floats(dense.reconstructions(activations)));
  }

  /** What {@link SparseCodes} promises of each row. */
  private static void requireWellFormed(String what, SparseCodes codes, int latents) {
    for (int row = 0; row < codes.rows(); row++) {
      BitSet seen = new BitSet(latents);
      for (int place = 0; place < codes.k(); place++) {
        int latent = codes.latent(row, place);
        float value = codes.value(row, place);
        boolean falling =
            place == 0
                || value == 0
                || codes.value(row, place - 1) > value
                || codes.value(row, place - 1) == value && codes.latent(row, place - 1) < latent;
        if (!(value >= 0) || !falling || latent < 0 || latent >= latents || seen.get(latent)) {
          throw new AssertionError(
              "%s: row %d, place %d: latent %d, value %s, latents before %s"
                  .formatted(what, row, place, latent, value, seen));
        }
        seen.set(latent);
      }
    }
  }

  @Test
  void withoutAFixedKAsManyPlacesAsTheFullestRowNeeds() {
    try (PointerScope scope = new PointerScope();
        Sae sae = DenseSae.random(random, DenseSae.config(3, 50, new Sparsity.Relu(), true));
        Encoder encoder = new Encoder(sae, MOST_ROWS)) {
      SparseCodes codes =
          encoder.encode(TensorMemory.segment(DenseSae.eighths(random, MOST_ROWS, 3)), MOST_ROWS);
      int fullest = 0;
      for (int row = 0; row < MOST_ROWS; row++) {
        fullest = Math.max(fullest, codes.active(row).latents().length);
      }
      assertThat(codes.k()).isEqualTo(fullest);
    }
  }

  @Test
  void noRowsGiveNoCodesAndMoreThanFitAreRefused() {
    try (PointerScope scope = new PointerScope();
        Sae sae = DenseSae.random(random, DenseSae.config(3, 8, new Sparsity.TopK(2), true));
        Encoder encoder = new Encoder(sae, 2)) {
      assertThat(encoder.encode(MemorySegment.NULL, 0).rows()).isZero();
      encoder.decode(encoder.encode(MemorySegment.NULL, 0), MemorySegment.NULL);
      MemorySegment x = TensorMemory.segment(DenseSae.eighths(random, 3, 3));
      assertThatThrownBy(() -> encoder.encode(x, 3))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("3 rows, where 0 to 2 fit");
      assertThatThrownBy(() -> encoder.encode(x, -1)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> encoder.encode(x.asSlice(0, 5 * Float.BYTES), 2))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("does not fit");
    }
  }

  @ParameterizedTest
  @MethodSource("sparsities")
  void aRowWithNaNHasNoActiveLatentAndSpoilsNoOther(Sparsity sparsity) {
    try (PointerScope scope = new PointerScope();
        Sae sae = DenseSae.random(random, DenseSae.config(17, 100, sparsity, true));
        Encoder encoder = new Encoder(sae, 3)) {
      Tensor x = DenseSae.eighths(random, 3, 17);
      List<ActiveLatents> clean = active(encoder, x);
      TensorMemory.segment(x).setAtIndex(ValueLayout.JAVA_FLOAT, 17 + 5, Float.NaN);
      List<ActiveLatents> spoilt = active(encoder, x);
      assertThat(spoilt.get(1).latents()).isEmpty();
      for (int row : new int[] {0, 2}) {
        assertThat(spoilt.get(row).latents()).isEqualTo(clean.get(row).latents());
        assertThat(spoilt.get(row).activations()).isEqualTo(clean.get(row).activations());
      }
    }
  }

  static Stream<Sparsity> sparsities() {
    return Stream.of(new Sparsity.TopK(4), new Sparsity.Relu(), new Sparsity.JumpRelu());
  }

  private static List<ActiveLatents> active(Encoder encoder, Tensor x) {
    int rows = (int) x.size(0);
    SparseCodes codes = encoder.encode(TensorMemory.segment(x), rows);
    List<ActiveLatents> found = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      found.add(codes.active(row));
    }
    return found;
  }

  @Test
  void theNumberOfThreadsChangesNoBit() {
    try (PointerScope scope = new PointerScope();
        Sae sae = DenseSae.random(random, DenseSae.config(7, 4200, new Sparsity.Relu(), true))) {
      Tensor x = DenseSae.eighths(random, MOST_ROWS, 7);
      for (int threads : new int[] {1, 2, 3, 5}) {
        Torch.threads(threads);
        try (Encoder encoder = new Encoder(sae, MOST_ROWS)) {
          compare(new DenseSae(sae), encoder, x);
        }
      }
    }
  }

  @Test
  void severalThreadsEncodeWithOneDictionary() throws InterruptedException, ExecutionException {
    try (PointerScope scope = new PointerScope();
        Sae sae = DenseSae.random(random, DenseSae.config(7, 300, new Sparsity.TopK(9), true));
        ExecutorService callers = Executors.newFixedThreadPool(4)) {
      List<Future<?>> done = new ArrayList<>();
      for (int caller = 0; caller < 4; caller++) {
        RandomStream mine = random.stream(caller);
        done.add(
            callers.submit(
                () -> {
                  try (PointerScope own = new PointerScope();
                      Encoder encoder = new Encoder(sae, MOST_ROWS)) {
                    for (int i = 0; i < 20; i++) {
                      compare(new DenseSae(sae), encoder, DenseSae.eighths(mine, MOST_ROWS, 7));
                    }
                  }
                }));
      }
      for (Future<?> future : done) {
        future.get();
      }
    }
  }

  /** More rows than are encoded at once, and one more. */
  @Test
  void plainArraysGiveTheSame() {
    int d = 5;
    try (PointerScope scope = new PointerScope();
        Sae sae = DenseSae.random(random, DenseSae.config(d, 40, new Sparsity.JumpRelu(), true))) {
      for (int rows : new int[] {0, 1, 256, 257, 600}) {
        Tensor x = DenseSae.eighths(random, rows, d);
        float[] flat = TensorMemory.floats(x);
        float[][] arrays = new float[rows][];
        Arrays.setAll(arrays, row -> Arrays.copyOfRange(flat, row * d, (row + 1) * d));
        DenseSae dense = new DenseSae(sae);
        List<ActiveLatents> found = sae.encode(arrays);
        assertThat(found).hasSize(rows);
        assertThat(dense.dense(found))
            .as("%d rows, seed %d", rows, SEED)
            .isEqualTo(TensorMemory.floats(dense.activations(x)));
      }
      assertThatThrownBy(() -> sae.encode(new float[][] {new float[d], new float[d + 1]}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("a row of 6 values, where the dictionary's width is 5");
    }
  }

  @ParameterizedTest
  @MethodSource("sparsities")
  void aThousandEncodesLeaveNothingBehind(Sparsity sparsity) throws Exception {
    try (PointerScope scope = new PointerScope();
        Arena arena = Arena.ofShared();
        Sae sae = DenseSae.random(random, DenseSae.config(33, 5000, sparsity, true));
        Encoder encoder = new Encoder(sae, 4)) {
      MemorySegment x = TensorMemory.segment(DenseSae.eighths(random, 4, 33));
      MemorySegment target = arena.allocate(ValueLayout.JAVA_FLOAT, 4 * 33);
      LeakMeter.assertFlat(
          1_000, RESIDENT_SLACK, () -> encoder.decode(encoder.encode(x, 4), target));
    }
  }

  @Test
  void encodersAndDictionariesLeaveNothingBehind() throws Exception {
    SaeConfig config = DenseSae.config(33, 5000, new Sparsity.JumpRelu(), true);
    float[][] row = {new float[33]};
    LeakMeter.assertFlat(
        100,
        RESIDENT_SLACK,
        () -> {
          try (PointerScope scope = new PointerScope();
              Sae sae = DenseSae.random(random, config)) {
            sae.encode(row);
          }
        });
  }
}
