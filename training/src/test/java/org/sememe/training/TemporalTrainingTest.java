package org.sememe.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.dictionary.TemporalCoder;
import org.sememe.sae.formats.DictionaryFiles;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;

/** Temporal dictionaries on rows of which a part stays the same through a sequence. */
class TemporalTrainingTest {
  private static final long SEED = 577;
  private static final int D = 24;
  private static final int LENGTH = 16;
  private static final int SLOW = 12;
  private static final int FAST = 20;
  private static final int K = 2;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    System.out.println("Temporal: seed " + SEED);
    Torch.start(2);
  }

  /**
   * Sequences: three slow features through all of one, two fast ones new at each row.
   *
   * @param shuffled whether rows of a sequence have slow features of their own each, as many
   */
  private static final class Sequences implements BatchSource {
    private final float[][] slow = PlantedParts.directions(SEED, "slow", SLOW, D);
    private final float[][] fast = PlantedParts.directions(SEED, "fast", FAST, D);
    private final boolean shuffled;
    private long position;

    Sequences(boolean shuffled) {
      this.shuffled = shuffled;
    }

    @Override
    public int width() {
      return D;
    }

    @Override
    public int together() {
      return LENGTH;
    }

    @Override
    public boolean next(MemorySegment rows) {
      long count = rows.byteSize() / Float.BYTES / D;
      for (long row = 0; row < count; row++) {
        long of = shuffled ? position * LENGTH + row % LENGTH : position;
        float[] values = new float[D];
        add(values, slow, 3, RandomStream.of(SEED).stream("state").stream(of));
        add(
            values,
            fast,
            2,
            RandomStream.of(SEED).stream("row").stream(position * LENGTH + row % LENGTH));
        MemorySegment.copy(values, 0, rows, ValueLayout.JAVA_FLOAT, row * D * Float.BYTES, D);
        if (row % LENGTH == LENGTH - 1) {
          position++;
        }
      }
      return true;
    }

    private static void add(float[] values, float[][] directions, int count, RandomStream random) {
      for (int i = 0; i < count; i++) {
        float[] direction = directions[random.nextInt(directions.length)];
        double size = 1 + random.nextDouble();
        for (int j = 0; j < D; j++) {
          values[j] += (float) (size * direction[j]);
        }
      }
    }

    @Override
    public long position() {
      return position;
    }

    @Override
    public void seek(long wanted) {
      position = wanted;
    }

    @Override
    public void close() {}
  }

  private static TrainOptions options(Map<String, String> more) {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("sequence", Integer.toString(LENGTH));
    all.put("heads", "2");
    all.put("batch", "256");
    all.put("lr", "0.004");
    all.put("sample-rows", "1024");
    all.put("checkpoint-every", "50");
    all.putAll(more);
    return TrainOptions.of(48, K, 256L * 400).with(all);
  }

  private TrainingRun run(String name) throws IOException {
    return TrainingRun.create(
        folder.resolve(name), new Provenance("a", "tiny", "00", "planted", "11", Map.of()));
  }

  private double trained(String name, boolean shuffled, Map<String, String> more)
      throws IOException {
    TrainingRun run = run(name);
    try (Sequences source = new Sequences(shuffled)) {
      assertThat(Trainer.train(run, source, options(more), at -> {}, () -> false).finished())
          .isTrue();
    }
    return fvu(run, shuffled);
  }

  private static double fvu(TrainingRun run, boolean shuffled) throws IOException {
    try (PointerScope scope = new PointerScope();
        Dictionary saved = DictionaryFiles.open(run.dictionary());
        Sequences source = new Sequences(shuffled)) {
      Tensor rows = torch.empty(new long[] {64, LENGTH, D}, null, null);
      source.seek(1L << 40); // none that was trained on
      source.next(TensorMemory.segment(rows));
      Tensor novel = saved.encode(rows);
      assertThat(novel.ne(new Scalar(0.0)).sum().item_long() / (64.0 * LENGTH))
          .isLessThanOrEqualTo(K);
      Tensor flat = rows.reshape(-1, D);
      Tensor error = flat.sub(saved.decode(novel, rows).reshape(-1, D));
      return error.square().sum().item_double()
          / flat.sub(flat.mean(0)).square().sum().item_double();
    }
  }

  /** What stays is predicted, so that two codes a row leave less than two for all of it would. */
  @Test
  void whatStaysIsPredicted() throws IOException {
    double temporal = trained("temporal", false, Map.of());
    double control = trained("shuffled", true, Map.of());
    System.out.printf("fvu %.3f, of shuffled slow features %.3f%n", temporal, control);
    assertThat(temporal).isLessThan(0.6 * control);
  }

  @Test
  void aRunThatWasStoppedEndsWithTheSameBytes() throws IOException {
    Map<String, String> more = Map.of("tokens", "25600", "attention-layers", "2");
    TrainingRun whole = run("whole");
    TrainingRun parts = run("parts");
    try (Sequences source = new Sequences(false)) {
      Trainer.train(whole, source, options(more), at -> {}, () -> false);
    }
    int[] asked = {0};
    try (Sequences source = new Sequences(false)) {
      Trainer.train(parts, source, options(more), at -> {}, () -> ++asked[0] == 37);
    }
    try (Sequences source = new Sequences(false)) {
      assertThat(
              Trainer.resume(TrainingRun.open(parts.folder()), source, at -> {}, () -> false)
                  .finished())
          .isTrue();
    }
    assertThat(parts.dictionary().resolve("sae_weights.safetensors"))
        .hasSameBinaryContentAs(whole.dictionary().resolve("sae_weights.safetensors"));
  }

  /** Every parameter's gradient, in float64, along one direction each. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void gradientsAreThoseOfDifferences(int layers) {
    TrainOptions options =
        TrainOptions.of(16, 3, 1000)
            .with(
                Map.of(
                    "sequence", "5",
                    "batch", "10",
                    "heads", "2",
                    "bottleneck", "4",
                    "attention-layers", Integer.toString(layers),
                    "architecture", "relu"));
    try (PointerScope scope = new PointerScope();
        TrainState state = TrainState.initial(options, 6)) {
      TemporalWeights weights = new TemporalWeights(options);
      Tensor x = random("x", 2, 5, 6);
      Map<String, Tensor> leaves = new LinkedHashMap<>();
      state
          .parameters()
          .forEach(
              (name, tensor) ->
                  leaves.put(
                      name,
                      tensor
                          .to(ScalarType.Double)
                          .add(random(name, TensorMemory.shape(tensor)).mul(new Scalar(0.1)))
                          .detach()
                          .requires_grad_(true)));
      leaves.remove(TrainState.B_ENC); // of plain dictionaries
      List<String> names = List.copyOf(leaves.keySet());
      assertThat(names).hasSize(3 + 8 * layers);
      TensorVector found =
          torch.grad(
              new TensorVector(loss(weights, leaves, x)),
              new TensorVector(leaves.values().toArray(Tensor[]::new)));
      for (int i = 0; i < names.size(); i++) {
        Tensor way = random("way" + i, TensorMemory.shape(leaves.get(names.get(i))));
        double wanted = found.get(i).mul(way).sum().item_double();
        double step = 1e-6;
        double there = at(weights, leaves, names.get(i), way.mul(new Scalar(step)), x);
        double back = at(weights, leaves, names.get(i), way.mul(new Scalar(-step)), x);
        assertThat((there - back) / (2 * step))
            .as(names.get(i))
            .isCloseTo(wanted, within(1e-6 + 1e-5 * Math.abs(wanted)));
      }
    }
  }

  private static double at(
      TemporalWeights weights, Map<String, Tensor> leaves, String name, Tensor off, Tensor x) {
    Map<String, Tensor> moved = new LinkedHashMap<>(leaves);
    moved.put(name, leaves.get(name).add(off));
    return loss(weights, moved, x).item_double();
  }

  private static Tensor loss(TemporalWeights weights, Map<String, Tensor> leaves, Tensor x) {
    TemporalCoder.Weights coder = weights.of(leaves, 1);
    TemporalCoder.Parts parts = TemporalCoder.parts(coder, x);
    return x.sub(TemporalCoder.decoded(coder, parts.novel().add(parts.predicted())))
        .square()
        .sum()
        .add(parts.novel().sum());
  }

  private static Tensor random(String name, long... shape) {
    RandomStream random = RandomStream.of(SEED).stream(name);
    long count = 1;
    for (long size : shape) {
      count *= size;
    }
    float[] values = new float[(int) count];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return TensorMemory.floats(values, shape).to(ScalarType.Double);
  }

  @Test
  void whatIsNotToldOfSequencesIsRefused() {
    Map<String, Map<String, String>> all =
        Map.of(
            "architecture must be topk or relu", Map.of("architecture", "batchtopk"),
            "batch must be a multiple", Map.of("batch", "250"),
            "latents must be a multiple of heads", Map.of("heads", "5"),
            "matryoshka must be off", Map.of("matryoshka", "1/2,1/2"),
            "input-scale must be", Map.of("input-scale", "whitening"),
            "engine must be auto or autograd", Map.of("engine", "fused"),
            "sequence must be 0", Map.of("sequence", "1"));
    all.forEach(
        (wanted, more) -> assertThatThrownBy(() -> options(more)).hasMessageContaining(wanted));
    assertThat(new TreeSet<>(options(Map.of()).toMap().keySet()))
        .contains("sequence", "heads", "attention-layers", "bottleneck");
  }
}
