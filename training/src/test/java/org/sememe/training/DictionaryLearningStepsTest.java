package org.sememe.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.Fixtures;

/** Whole steps against those of dictionary_learning's trainers, from the same weights. */
class DictionaryLearningStepsTest {
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
          .filter(
              path ->
                  ARCHITECTURES.containsKey(RecordedSteps.expected(path).path("trainer").asText()))
          .map(path -> DynamicTest.dynamicTest(path.getFileName().toString(), () -> check(path)))
          .toList();
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
    return Plans.nested(
        plan, new Nesting(weights, sizes.size() - 1, new Nesting.Rule.ByLatent(ends)));
  }

  private static void check(Path folder) throws IOException {
    try (PointerScope scope = new PointerScope();
        Arena arena = Arena.ofShared();
        RecordedSteps recorded = new RecordedSteps(folder)) {
      int width = recorded.width();
      TrainOptions options = options(recorded.expected(), recorded.batch());
      TrainPlan plan = plan(recorded.expected(), options, width);
      try (TrainState state = TrainState.zeros(options, width);
          TrainStep step = new TrainStep(state, options, plan, 2)) {
        recorded.begin(state);
        state
            .sinceFired()
            .copyFrom(TensorMemory.segment(recorded.init().tensor("state.num_tokens_since_fired")));
        state.threshold(recorded.number(0, "state.threshold"));
        double[] median = GeometricMedian.of(recorded.rows(arena, 1), recorded.batch(), width);
        for (int j = 0; j < width; j++) {
          state.memory(TrainState.B_DEC).setAtIndex(ValueLayout.JAVA_FLOAT, j, (float) median[j]);
        }
        recorded.remember(state);
        for (int n = 1; n <= recorded.steps(); n++) {
          Map<String, double[]> moments = recorded.firstMoments(state);
          StepFigures figures = step.step(recorded.rows(arena, n));
          checkStep(n, figures, state, recorded);
          Map<String, float[]> gradients = recorded.gradients(state, moments, options.beta1());
          recorded
              .recorded(n, "at_optimizer")
              .forEach(
                  (name, wanted) ->
                      RecordedSteps.assertWithin(
                          "gradient of " + name,
                          gradients.get(name),
                          wanted,
                          1e-4 * RecordedSteps.largest(wanted)));
        }
        recorded.checkMoments(state);
      }
    }
  }

  private static void checkStep(
      int n, StepFigures figures, TrainState state, RecordedSteps recorded) {
    recorded.checkLoss(n, figures.loss());
    assertThat(figures.dead())
        .isEqualTo((int) recorded.after().tensor(n + ".state.dead_features_in_loss").item_long());
    double norm = recorded.number(n, "state.gradient_norm_before_clipping");
    assertThat(figures.gradientNorm()).isCloseTo(norm, within(1e-4 * norm));
    double threshold = recorded.number(n, "state.threshold");
    assertThat(state.threshold()).isCloseTo(threshold, within(1e-4 * Math.abs(threshold)));
    assertThat(TensorMemory.longs(state.tensor("tokens_since_fired")))
        .isEqualTo(
            TensorMemory.longs(recorded.after().tensor(n + ".state.num_tokens_since_fired")));
    recorded.checkParameters(n, state);
  }
}
