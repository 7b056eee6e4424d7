package org.sememe.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.foreign.Arena;
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
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.Fixtures;
import org.sememe.training.optimiser.PowerAnnealing;

/**
 * Whole steps of dictionary_learning's annealing trainers, powers and coefficients by ourselves.
 */
class AnnealingStepsTest {
  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  @TestFactory
  List<DynamicTest> everyCaseOfDictionaryLearning() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    try (Stream<Path> cases = Files.list(Fixtures.require("steps/dictionary_learning"))) {
      for (Path path : cases.filter(Files::isDirectory).sorted().toList()) {
        if (RecordedSteps.expected(path).path("config").has("p_start")) {
          for (String products : List.of("sparse", "dense")) {
            tests.add(
                DynamicTest.dynamicTest(
                    path.getFileName() + " " + products, () -> check(path, products)));
          }
        }
      }
    }
    return tests;
  }

  private static void check(Path folder, String products) throws IOException {
    try (PointerScope scope = new PointerScope();
        Arena arena = Arena.ofShared();
        RecordedSteps recorded = new RecordedSteps(folder)) {
      TrainOptions options = options(recorded, products);
      PowerAnnealing annealing = annealing(recorded);
      try (TrainState state = TrainState.zeros(options, recorded.width())) {
        recorded.begin(state);
        for (int n = 1; n <= recorded.steps(); n++) {
          double rate = recorded.expected().path("learning_rates").get(n - 1).asDouble();
          TrainPlan plan = Plans.annealed(options.plan(recorded.width()), rate, annealing);
          // a step of a new object each time, as after a resume: the state knows all
          try (TrainStep step = new TrainStep(state, options, plan, 2)) {
            recorded.checkLoss(n, step.step(recorded.rows(arena, n)).loss());
          }
          recorded.checkParameters(n, state);
          PowerAnnealing.Stand stand =
              new Annealing(annealing, plan.penalty().orElseThrow(), plan.penaltyWeight(), state)
                  .stand();
          double coefficient = recorded.number(n, "state.sparsity_coeff");
          assertThat(stand.p()).isCloseTo(recorded.number(n, "state.p"), within(1e-6));
          assertThat(stand.coefficient()).isCloseTo(coefficient, within(1e-5 * coefficient));
        }
        recorded.checkMoments(state);
      }
    }
  }

  private static TrainOptions options(RecordedSteps recorded, String products) {
    JsonNode config = recorded.expected().path("config");
    boolean gated = config.path("trainer_class").asText().startsWith("Gated");
    String power = config.path("sparsity_function").asText().equals("Lp") ? "p-norm" : "power-sum";
    return TrainOptions.of(config.path("dict_size").asInt(), 1, 100L * recorded.batch())
        .with(
            Map.of(
                "batch",
                Integer.toString(recorded.batch()),
                "products",
                products,
                "clip",
                "0",
                "architecture",
                gated ? "gated" : "relu",
                "beta1",
                gated ? "0" : "0.9",
                "penalty",
                power + ":" + config.path("p_start").asText(),
                "p-end",
                config.path("p_end").asText(),
                "penalty-weight",
                recorded.expected().path("given").path("initial_sparsity_penalty").asText(),
                "penalty-warmup",
                config.path("sparsity_warmup_steps").asText()));
  }

  private static PowerAnnealing annealing(RecordedSteps recorded) {
    JsonNode config = recorded.expected().path("config");
    return new PowerAnnealing(
        config.path("p_start").asDouble(),
        config.path("p_end").asDouble(),
        config.path("anneal_start").asLong(),
        recorded.expected().path("given").path("anneal_end").asLong(),
        config.path("n_sparsity_updates").asInt(),
        config.path("sparsity_queue_length").asInt());
  }
}
