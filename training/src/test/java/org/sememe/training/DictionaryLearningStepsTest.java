package org.sememe.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.testing.Fixtures;

/** Whole steps against those of dictionary_learning's trainers, from the same weights. */
class DictionaryLearningStepsTest {
  /** Its names for our parameters; some of its trainers call them as we do. */
  private static final Map<String, String> NAMES =
      Map.of(
          "W_enc", "encoder.weight",
          "b_enc", "encoder.bias",
          "W_dec", "decoder.weight",
          "b_dec", "b_dec");

  private static final Map<String, String> ARCHITECTURES =
      Map.of(
          "TopKTrainer", "topk",
          "BatchTopKTrainer", "batchtopk",
          "MatryoshkaBatchTopKTrainer", "batchtopk");

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  @TestFactory
  List<DynamicTest> everyCaseOfTheTopKFamily() throws IOException {
    Path folder = Fixtures.require("steps/dictionary_learning");
    try (Stream<Path> cases = Files.list(folder)) {
      return cases
          .filter(Files::isDirectory)
          .sorted()
          .filter(path -> ARCHITECTURES.containsKey(expected(path).path("trainer").asText()))
          .map(path -> DynamicTest.dynamicTest(path.getFileName().toString(), () -> check(path)))
          .toList();
    }
  }

  private static JsonNode expected(Path folder) {
    try {
      return new ObjectMapper().readTree(folder.resolve("expected.json").toFile());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** That library's options expressed as ours. */
  private static TrainOptions options(JsonNode expected, int batch) {
    JsonNode config = expected.path("config");
    long steps = config.path("steps").asLong();
    TrainOptions options =
        TrainOptions.of(config.path("dict_size").asInt(), config.path("k").asInt(), steps * batch)
            .with("batch", Integer.toString(batch))
            .with("architecture", ARCHITECTURES.get(expected.path("trainer").asText()))
            .with("input-scale", "none")
            .with("warmup-steps", config.path("warmup_steps").asText())
            .with("threshold-beta", config.path("threshold_beta").asText())
            .with("threshold-start", config.path("threshold_start_step").asText())
            .with("aux-rows", Integer.toString(batch))
            .with("screening", "off")
            .with("aux-alpha", config.path("auxk_alpha").asText())
            .with("dead-tokens", expected.path("dead_feature_threshold").asText());
    options =
        options.with(
            "decay-steps",
            config.path("decay_start").isNumber()
                ? Long.toString(steps - config.path("decay_start").asLong())
                : "0");
    double rate =
        config.path("lr").isNumber()
            ? config.path("lr").asDouble()
            : 2e-4 / Math.sqrt(options.latents() / 16384.0); // what it takes by itself
    return options.with("lr", Double.toString(rate));
  }

  /** Its groups have weights, by which their losses are multiplied before the mean. */
  private static TrainPlan plan(JsonNode expected, TrainOptions options, int width) {
    TrainPlan plan = options.plan(width);
    JsonNode sizes = expected.path("config").path("group_sizes");
    if (sizes.isMissingNode()) {
      return plan;
    }
    List<Integer> ends = new ArrayList<>();
    List<Double> weights = new ArrayList<>();
    for (int group = 0; group < sizes.size(); group++) {
      ends.add((group == 0 ? 0 : ends.getLast()) + sizes.get(group).asInt());
      weights.add(
          expected.path("config").path("group_weights").get(group).asDouble() / sizes.size());
    }
    return new TrainPlan(
        plan.width(),
        plan.learningRate(),
        plan.schedule(),
        plan.deadTokens(),
        plan.auxK(),
        plan.thresholdStart(),
        new Nesting(weights, sizes.size() - 1, new Nesting.Rule.ByLatent(ends)),
        plan.screened());
  }

  private static void check(Path folder) throws IOException {
    JsonNode expected = expected(folder);
    try (PointerScope scope = new PointerScope();
        Arena arena = Arena.ofShared();
        SafetensorsFile init = SafetensorsFile.open(folder.resolve("init.safetensors"));
        SafetensorsFile batches = SafetensorsFile.open(folder.resolve("batches.safetensors"));
        SafetensorsFile after = SafetensorsFile.open(folder.resolve("steps.safetensors"))) {
      int batch = batches.info("x0").shape().getFirst().intValue();
      int width = batches.info("x0").shape().get(1).intValue();
      TrainOptions options = options(expected, batch);
      TrainPlan plan = plan(expected, options, width);
      try (TrainState state = TrainState.zeros(width, options.latents());
          TrainStep step = new TrainStep(state, options, plan, 2)) {
        for (String name : NAMES.keySet()) {
          copy(ours(init, "param.", name), state.memory(name));
        }
        copy(init.tensor("state.num_tokens_since_fired"), state.sinceFired());
        state.threshold(init.floats("state.threshold").item_double());
        MemorySegment first = memory(arena, batches.floats("x0"));
        double[] median = GeometricMedian.of(first, batch, width);
        for (int j = 0; j < width; j++) {
          state.memory(TrainState.B_DEC).setAtIndex(ValueLayout.JAVA_FLOAT, j, (float) median[j]);
        }
        Map<String, Tensor> start = new java.util.HashMap<>();
        NAMES.keySet().forEach(name -> start.put(name, state.tensor(name).clone()));
        int steps = (int) batches.names().stream().filter(n -> n.startsWith("x")).count();
        for (int n = 1; n <= steps; n++) {
          MemorySegment x = memory(arena, batches.floats("x" + (n - 1)));
          Map<String, double[]> moments = firstMoments(state);
          StepFigures figures = step.step(x);
          checkStep(n, figures, state, start, after);
          if (after.names().contains(n + ".grad.at_optimizer.b_dec")) {
            checkGradients(n, moments, state, options, after);
          }
        }
        checkMoments(steps, state, after);
      }
    }
  }

  private static void checkStep(
      int n,
      StepFigures figures,
      TrainState state,
      Map<String, Tensor> start,
      SafetensorsFile after) {
    double loss = after.floats(n + ".loss.total").item_double();
    assertThat(figures.loss()).as("loss of step %d", n).isCloseTo(loss, within(1e-5 * loss));
    assertThat(figures.dead())
        .isEqualTo((int) after.tensor(n + ".state.dead_features_in_loss").item_long());
    double norm = after.tensor(n + ".state.gradient_norm_before_clipping").item_double();
    assertThat(figures.gradientNorm()).isCloseTo(norm, within(1e-4 * norm));
    double threshold = after.floats(n + ".state.threshold").item_double();
    assertThat(state.threshold()).isCloseTo(threshold, within(1e-4 * Math.abs(threshold)));
    assertThat(TensorMemory.longs(state.tensor("tokens_since_fired")))
        .isEqualTo(TensorMemory.longs(after.tensor(n + ".state.num_tokens_since_fired")));
    for (String name : NAMES.keySet()) {
      float[] actual = TensorMemory.floats(state.tensor(name));
      float[] wanted = TensorMemory.floats(ours(after, n + ".param.", name));
      float[] before = TensorMemory.floats(start.get(name));
      double largest = largest(wanted);
      double change =
          IntStream.range(0, wanted.length)
              .mapToDouble(i -> Math.abs(wanted[i] - before[i]))
              .max()
              .orElseThrow();
      assertWithin(n + ": " + name, actual, wanted, 1e-6 * largest + 1e-3 * change);
    }
  }

  private static Map<String, double[]> firstMoments(TrainState state) {
    Map<String, double[]> moments = new java.util.HashMap<>();
    NAMES
        .keySet()
        .forEach(name -> moments.put(name, TensorMemory.doubles(state.tensor(name + ".exp_avg"))));
    return moments;
  }

  /** What Adam was given, from how the first moment moved. */
  private static void checkGradients(
      int n,
      Map<String, double[]> before,
      TrainState state,
      TrainOptions options,
      SafetensorsFile after) {
    Map<String, double[]> now = firstMoments(state);
    for (String name : NAMES.keySet()) {
      float[] wanted = TensorMemory.floats(ours(after, n + ".grad.at_optimizer.", name));
      float[] actual = new float[wanted.length];
      for (int i = 0; i < actual.length; i++) {
        double kept = options.beta1() * before.get(name)[i];
        actual[i] = (float) ((now.get(name)[i] - kept) / (1 - options.beta1()));
      }
      assertWithin("gradient of " + name, actual, wanted, 1e-4 * largest(wanted));
    }
  }

  private static void checkMoments(int steps, TrainState state, SafetensorsFile after) {
    for (String name : NAMES.keySet()) {
      for (String moment : List.of(".exp_avg", ".exp_avg_sq")) {
        float[] wanted = TensorMemory.floats(ours(after, steps + ".optim.", name, moment));
        float[] actual = TensorMemory.floats(state.tensor(name + moment));
        assertWithin(name + moment, actual, wanted, 1e-3 * largest(wanted));
      }
    }
  }

  private static Tensor ours(SafetensorsFile file, String prefix, String name) {
    return ours(file, prefix, name, "");
  }

  /** One of its tensors, latent-major as ours are. */
  private static Tensor ours(SafetensorsFile file, String prefix, String name, String suffix) {
    boolean layers = file.names().contains(prefix + NAMES.get(name) + suffix);
    Tensor stored = file.floats(prefix + (layers ? NAMES.get(name) : name) + suffix);
    return name.equals(layers ? "W_dec" : "W_enc") ? stored.t().contiguous() : stored;
  }

  private static double largest(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> Math.abs(values[i])).max().orElse(0);
  }

  private static void assertWithin(String what, float[] actual, float[] wanted, double most) {
    assertThat(actual).hasSameSizeAs(wanted);
    for (int i = 0; i < wanted.length; i++) {
      assertThat(Math.abs(actual[i] - wanted[i]))
          .as("%s[%d]: %s, not %s", what, i, actual[i], wanted[i])
          .isLessThanOrEqualTo((float) most);
    }
  }

  private static void copy(Tensor from, MemorySegment to) {
    to.copyFrom(TensorMemory.segment(from));
  }

  private static MemorySegment memory(Arena arena, Tensor tensor) {
    MemorySegment from = TensorMemory.segment(tensor);
    MemorySegment memory = arena.allocate(from.byteSize(), Long.BYTES);
    return memory.copyFrom(from);
  }
}
