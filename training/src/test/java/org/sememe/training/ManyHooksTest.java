package org.sememe.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sememe.activations.ContextRule;
import org.sememe.models.Forward;
import org.sememe.models.HookPlan;
import org.sememe.models.HookPoint;
import org.sememe.models.ModelInfo;
import org.sememe.models.Models;
import org.sememe.models.Network;
import org.sememe.models.TokenBatch;
import org.sememe.models.testing.SeededText;
import org.sememe.models.testing.TinyModel;
import org.sememe.models.testing.TinyTokenizer;
import org.sememe.models.tokenizer.Tokenizer;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.Sha256;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;

/** Dictionaries of several hook points, trained on one pass of a model. */
class ManyHooksTest {
  private static final ContextRule RULE = new ContextRule(16, true, 0.2, 0);
  private static final SeededText TEXT = new SeededText(3, 40, 60);
  private static final int POOL = 7;
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path folder;
  private static Network tiny;

  @BeforeAll
  static void open() throws IOException {
    Torch.start(2);
    tiny = Models.openNetwork(TinyModel.write(folder.resolve("model"), 2));
  }

  @AfterAll
  static void close() {
    tiny.close();
  }

  /** A model that counts its runs, and whose rows are sinks or broken at some hook points only. */
  private static final class Watched implements Network {
    private final List<Set<String>> captured = new ArrayList<>();

    private static HookPlan.Edit times(int divisor, float factor) {
      return (activation, batch) -> {
        float[] factors = new float[batch.sequences() * batch.length()];
        for (int sequence = 0; sequence < batch.sequences(); sequence++) {
          for (int column = 0; column < batch.length(); column++) {
            boolean struck = batch.id(sequence, column) % divisor == 3;
            factors[sequence * batch.length() + column] = struck ? factor : 1;
          }
        }
        Tensor each = TensorMemory.floats(factors, batch.sequences(), batch.length(), 1);
        return activation.mul(each);
      };
    }

    @Override
    public Forward run(TokenBatch batch, HookPlan plan) {
      captured.add(plan.captures());
      HookPlan.Builder more = plan.toBuilder();
      boolean last = plan.captures().contains("blocks.2.hook_resid_post");
      if (last || plan.captures().contains("blocks.2.hook_mlp_out")) {
        more.edit("blocks.2.hook_mlp_out", times(11, 1e4f));
      }
      if (last) {
        more.edit("blocks.2.hook_resid_post", times(13, Float.NaN));
      }
      return tiny.run(batch, more.build());
    }

    @Override
    public ModelInfo info() {
      return tiny.info();
    }

    @Override
    public Tokenizer tokenizer() {
      return TinyTokenizer.plain();
    }

    @Override
    public List<HookPoint> hookPoints() {
      return tiny.hookPoints();
    }

    @Override
    public HookPoint hookPoint(String name) {
      return tiny.hookPoint(name);
    }

    @Override
    public List<HookPoint> hookPoints(String pattern) {
      return tiny.hookPoints(pattern);
    }

    @Override
    public void close() {}
  }

  /** What is trained where: several dictionaries a hook point, of any kind, of any length. */
  private record Wanted(String name, RowHooks hooks, TrainOptions options) {
    static Wanted of(String name, String read, Optional<String> target, String... settings) {
      RowHooks hooks = RowHooks.of(read, target);
      Map<String, String> changes = new LinkedHashMap<>();
      changes.put("kind", hooks.kind().name().toLowerCase(Locale.ROOT));
      for (String setting : settings) {
        changes.put(setting.split("=")[0], setting.split("=")[1]);
      }
      TrainOptions small =
          TrainOptions.of(48, 4, 4000)
              .with("batch", "64")
              .with("lr", "0.003")
              .with("sample-rows", "256")
              .with("dead-tokens", "500")
              .with("checkpoint-every", "5")
              .with("log-every", "1");
      return new Wanted(name, hooks, small.with(changes));
    }

    Wanted with(String key, String value) {
      return new Wanted(name, hooks, options.with(key, value));
    }

    TrainMember member(Path root) throws IOException {
      Path run = root.resolve(name);
      if (Files.exists(run.resolve("run.json"))) {
        return TrainMember.begun(TrainingRun.open(run), at -> {});
      }
      Map<String, String> more = new LinkedHashMap<>();
      hooks.target().ifPresent(target -> more.put(Provenance.TARGET, target));
      Provenance provenance = new Provenance(hooks.text(), "tiny", "00", "seeded", "", more);
      return new TrainMember(TrainingRun.create(run, provenance), options, at -> {});
    }
  }

  private static final Optional<String> SAME = Optional.empty();

  private static List<Wanted> all() {
    return List.of(
        Wanted.of("first", "blocks.0.hook_resid_post", SAME),
        Wanted.of("first-wider", "blocks.0.hook_resid_post", SAME, "latents=96", "seed=4"),
        Wanted.of("sinks", "blocks.2.hook_mlp_out", SAME, "tokens=2500", "architecture=batchtopk"),
        Wanted.of("broken", "blocks.2.hook_resid_post", SAME, "tokens=1500"),
        Wanted.of("transcoder", "blocks.0.hook_resid_post", Optional.of("blocks.1.hook_mlp_out")),
        Wanted.of(
            "crosscoder", "blocks.0.hook_resid_post,blocks.1.hook_resid_post", SAME, "tokens=3000"),
        Wanted.of(
            "resampled",
            "blocks.1.hook_mlp_out",
            SAME,
            "architecture=relu",
            "penalty-weight=1",
            "dead-tokens=64",
            "resample-every=15",
            "resample-rows=256"));
  }

  private static List<ModelBatches> sources(Network model, List<RowHooks> hooks)
      throws IOException {
    return ModelBatches.together(
        model,
        model.tokenizer(),
        TEXT,
        hooks.stream().map(RowHooks::all).toList(),
        RULE,
        POOL,
        9,
        NonFinite.SKIP);
  }

  private static List<TrainResult> together(
      Network model, Path root, List<Wanted> wanted, BooleanSupplier stop) throws IOException {
    List<RowHooks> hooks = wanted.stream().map(Wanted::hooks).distinct().toList();
    List<ModelBatches> sources = sources(model, hooks);
    try {
      List<TrainMember> members = new ArrayList<>();
      for (Wanted each : wanted) {
        members.add(each.member(root));
      }
      return Trainer.together(
          members, member -> sources.get(hooks.indexOf(member.run().provenance().hooks())), stop);
    } finally {
      sources.forEach(BatchSource::close);
    }
  }

  /** By run the hashes of the weights and settings, and of what was logged. */
  private static Map<String, String> left(Path root, List<Wanted> wanted) throws IOException {
    Map<String, String> left = new LinkedHashMap<>();
    for (Wanted each : wanted) {
      TrainingRun run = TrainingRun.open(root.resolve(each.name));
      StringBuilder logged = new StringBuilder();
      for (String line : Files.readAllLines(run.metrics())) {
        ObjectNode figures = (ObjectNode) JSON.readTree(line);
        figures.remove(List.of("rows_per_second", "seconds", "warnings")); // each process's own
        logged.append(figures);
      }
      left.put(
          each.name,
          Stream.of("sae_weights.safetensors", "cfg.json")
                  .map(file -> hash(run.dictionary().resolve(file)))
                  .collect(Collectors.joining(" "))
              + " "
              + Sha256.of(logged.toString().getBytes(StandardCharsets.UTF_8)));
    }
    return left;
  }

  private static String hash(Path file) {
    try {
      return Sha256.of(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path root(String name) {
    return folder.resolve(name);
  }

  @Test
  void eachEndsWithTheBytesOfARunAlone() throws IOException {
    List<Wanted> wanted = all();
    for (Wanted each : wanted) {
      together(new Watched(), root("alone"), List.of(each), () -> false);
    }
    together(new Watched(), root("together"), wanted, () -> false);
    assertThat(left(root("together"), wanted)).isEqualTo(left(root("alone"), wanted));
  }

  /** A pool is one run of the model here: so many as the run that reads most needs alone. */
  @Test
  void theModelRunsOnceForAllAndNoFurtherThanThoseNeedThatAreNotDone() throws IOException {
    List<Wanted> wanted =
        all().stream()
            .filter(each -> each.options.resampleEvery() == 0) // which reads on and goes back
            .map(each -> each.with("sample-rows", "64")) // of the first pool
            .toList();
    int most = 0;
    for (Wanted each : wanted) {
      Watched alone = new Watched();
      together(alone, root("counted-alone"), List.of(each), () -> false);
      most = Math.max(most, alone.captured.size());
    }
    Watched shared = new Watched();
    together(shared, root("counted"), wanted, () -> false);
    assertThat(shared.captured).hasSize(most).hasSizeGreaterThan(20);
    assertThat(shared.captured.getFirst()).contains("blocks.2.hook_resid_post");
    assertThat(shared.captured.getLast())
        .doesNotContain("blocks.2.hook_resid_post", "blocks.2.hook_mlp_out")
        .contains("blocks.1.hook_mlp_out");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void stoppedAtRandomMomentsTheyGoOnWithTheSameBytes(long seed) throws IOException {
    List<Wanted> wanted = all();
    together(new Watched(), root("whole" + seed), wanted, () -> false);
    Path root = root("stopped" + seed);
    RandomStream random = RandomStream.of(seed);
    List<TrainResult> results;
    int rounds = 0;
    do {
      int[] left = {1 + random.nextInt(25)};
      // a few of them at a time, so that they are at different steps
      List<Wanted> some = wanted.stream().filter(each -> random.nextInt(3) > 0).toList();
      results =
          some.isEmpty() ? List.of() : together(new Watched(), root, some, () -> --left[0] == 0);
      rounds++;
    } while (results.size() < wanted.size() || !results.stream().allMatch(TrainResult::finished));
    assertThat(rounds).isGreaterThan(4);
    assertThat(left(root, wanted)).isEqualTo(left(root("whole" + seed), wanted));
  }

  /** However readers take turns, and wherever they go back to, each sees its own stream. */
  @Test
  void readersInAnyOrderSeeTheRowsThatEachWouldSeeAlone() throws IOException {
    List<RowHooks> hooks = all().stream().map(Wanted::hooks).distinct().toList();
    RandomStream random = RandomStream.of(12);
    List<List<float[]>> expected = new ArrayList<>();
    List<List<Long>> positions = new ArrayList<>();
    int count = 700;
    for (RowHooks each : hooks) {
      try (ModelBatches alone = sources(new Watched(), List.of(each)).getFirst()) {
        List<float[]> rows = new ArrayList<>();
        List<Long> places = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          places.add(alone.position());
          rows.add(row(alone));
        }
        expected.add(rows);
        positions.add(places);
      }
    }
    List<ModelBatches> together = sources(new Watched(), hooks);
    int[] at = new int[hooks.size()];
    for (int turn = 0; turn < 300; turn++) {
      int reader = random.nextInt(hooks.size());
      ModelBatches source = together.get(reader);
      switch (random.nextInt(12)) {
        case 0 -> {
          at[reader] = random.nextInt(count);
          source.seek(positions.get(reader).get(at[reader]));
        }
        case 1 -> source.release();
        default -> {
          for (int i = random.nextInt(60); i > 0 && at[reader] < count; i--) {
            assertThat(source.position()).isEqualTo(positions.get(reader).get(at[reader]));
            assertThat(row(source)).isEqualTo(expected.get(reader).get(at[reader]++));
          }
        }
      }
    }
    together.forEach(BatchSource::close);
  }

  private static float[] row(BatchSource source) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment row = arena.allocate((long) source.width() * Float.BYTES, Float.BYTES);
      assertThat(source.next(row)).isTrue();
      return row.toArray(ValueLayout.JAVA_FLOAT);
    }
  }

  @Test
  void aHookPointThatIsNotThereIsRefused() {
    assertThatThrownBy(
            () -> sources(new Watched(), List.of(RowHooks.of("blocks.7.hook_mlp_out", SAME))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("blocks.7.hook_mlp_out");
  }
}
