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
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.sememe.sae.design.Penalty;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.Fixtures;

/**
 * Whole steps of ReLU, JumpReLU and Gated dictionaries against those of dictionary_learning's and
 * SAELens's trainers, from the same weights, with sparse and with dense gradients.
 */
class ThresholdStepsTest {
  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  /** What a case is in our words, and what a step's penalty is, counted from 1. */
  private record Words(Map<String, String> options, PenaltyOf penalty, boolean ownThresholds) {}

  /** A step's penalty with its weight. */
  private record Weighted(Penalty penalty, double weight) {}

  @FunctionalInterface
  private interface PenaltyOf {
    Weighted at(RecordedSteps recorded, int step);
  }

  @TestFactory
  List<DynamicTest> everyCaseOfDictionaryLearning() throws IOException {
    return cases("steps/dictionary_learning", ThresholdStepsTest::dictionaryLearning);
  }

  @TestFactory
  List<DynamicTest> everyCaseOfSaeLens() throws IOException {
    return cases("steps/saelens", ThresholdStepsTest::saeLens);
  }

  private interface Translation {
    Optional<Words> of(JsonNode expected);
  }

  private static List<DynamicTest> cases(String name, Translation translation) throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    try (Stream<Path> cases = Files.list(Fixtures.require(name))) {
      for (Path path : cases.filter(Files::isDirectory).sorted().toList()) {
        translation
            .of(RecordedSteps.expected(path))
            .ifPresent(
                words -> {
                  for (String products : List.of("sparse", "dense")) {
                    tests.add(
                        DynamicTest.dynamicTest(
                            path.getFileName() + " " + products,
                            () -> check(path, words, products)));
                  }
                });
      }
    }
    return tests;
  }

  private static Optional<Words> dictionaryLearning(JsonNode expected) {
    JsonNode config = expected.path("config");
    boolean resampled = config.path("resample_steps").isNumber();
    boolean squaredNorms = expected.path("architecture").asText().equals("AutoEncoderNew");
    if (resampled || squaredNorms) { // a dead-latent policy, and a fault: see the README
      return Optional.empty();
    }
    PenaltyOf annealed =
        (recorded, step) -> {
          double p = recorded.number(step - 1, "state.p");
          boolean root = config.path("sparsity_function").asText().equals("Lp");
          double weight = recorded.number(step - 1, "state.sparsity_coeff");
          return new Weighted(root ? new Penalty.PNorm(p) : new Penalty.PowerSum(p), weight);
        };
    PenaltyOf l1 =
        (recorded, step) -> new Weighted(new Penalty.L1(), config.path("l1_penalty").asDouble());
    return Optional.ofNullable(
        switch (expected.path("trainer").asText()) {
          case "StandardTrainer" ->
              new Words(Map.of("architecture", "relu", "clip", "0"), warm(config, l1), true);
          case "StandardTrainerAprilUpdate" ->
              new Words(
                  Map.of("architecture", "relu", "decoder-norm", "free"), warm(config, l1), true);
          case "GatedSAETrainer" ->
              new Words(
                  Map.of("architecture", "gated", "clip", "0", "beta1", "0"),
                  warm(config, l1),
                  true);
          case "PAnnealTrainer" ->
              new Words(Map.of("architecture", "relu", "clip", "0"), warm(config, annealed), true);
          case "GatedAnnealTrainer" ->
              new Words(
                  Map.of("architecture", "gated", "clip", "0", "beta1", "0"),
                  warm(config, annealed),
                  true);
          case "JumpReluTrainer" ->
              new Words(
                  Map.of(
                      "architecture",
                      "jumprelu",
                      "beta1",
                      "0",
                      "centring",
                      "none",
                      "bandwidth",
                      config.path("bandwidth").asText()),
                  warm(
                      config,
                      (recorded, step) ->
                          new Weighted(
                              new Penalty.TargetL0(config.path("target_l0").asDouble()),
                              config.path("sparsity_penalty").asDouble())),
                  false);
          default -> null;
        });
  }

  /** Its weights rise from 0 in step 1. */
  private static PenaltyOf warm(JsonNode config, PenaltyOf penalty) {
    double steps = config.path("sparsity_warmup_steps").asDouble();
    return (recorded, step) -> {
      Weighted full = penalty.at(recorded, step);
      double share = steps > 0 ? Math.min(1, (step - 1) / steps) : 1;
      return new Weighted(full.penalty, share * full.weight);
    };
  }

  private static Optional<Words> saeLens(JsonNode expected) {
    JsonNode config = expected.path("config");
    if (!config.path("normalize_activations").asText().equals("none")) {
      return Optional.empty(); // inside the loss
    }
    String centring = config.path("apply_b_dec_to_input").asBoolean() ? "decoder-bias" : "none";
    return Optional.ofNullable(
        switch (expected.path("architecture").asText()) {
          case "standard" -> {
            double p = config.path("lp_norm").asDouble();
            Penalty penalty = p == 1 ? new Penalty.L1() : new Penalty.PNorm(p);
            yield new Words(
                Map.of("architecture", "relu", "decoder-norm", "free", "centring", centring),
                (recorded, step) ->
                    new Weighted(penalty, recorded.number(step, "state.coefficient.l1")),
                true);
          }
          case "jumprelu" -> {
            String mode = config.path("jumprelu_sparsity_loss_mode").asText();
            if (mode.equals("quadratic") || config.path("pre_act_loss_coefficient").isNumber()) {
              yield null; // rows' own targets, and pre-activation losses
            }
            Penalty penalty =
                mode.equals("step")
                    ? new Penalty.L0()
                    : new Penalty.Tanh(config.path("jumprelu_tanh_scale").asDouble());
            yield new Words(
                Map.of(
                    "architecture",
                    "jumprelu",
                    "decoder-norm",
                    "free",
                    "centring",
                    centring,
                    "bandwidth",
                    config.path("jumprelu_bandwidth").asText(),
                    "straight-through",
                    config.path("jumprelu_ste_to_input").asBoolean() ? "all" : "thresholds"),
                (recorded, step) ->
                    new Weighted(penalty, recorded.number(step, "state.coefficient.l0")),
                true);
          }
          default -> null;
        });
  }

  private static void check(Path folder, Words words, String products) throws IOException {
    try (PointerScope scope = new PointerScope();
        Arena arena = Arena.ofShared();
        RecordedSteps recorded = new RecordedSteps(folder)) {
      JsonNode config = recorded.expected().path("config");
      int latents =
          (config.has("dict_size") ? config.path("dict_size") : config.path("d_sae")).asInt();
      TrainOptions options =
          TrainOptions.of(latents, 1, 100L * recorded.batch())
              .with("batch", Integer.toString(recorded.batch()))
              .with("products", products)
              .with(words.options);
      int last = words.ownThresholds ? recorded.steps() : 2;
      try (TrainState state = TrainState.zeros(options, recorded.width())) {
        recorded.begin(state);
        for (int n = 1; n <= last; n++) {
          step(n, words, options, state, recorded, arena);
        }
        if (words.ownThresholds) {
          recorded.checkMoments(state);
        }
      }
    }
  }

  private static void step(
      int n,
      Words words,
      TrainOptions options,
      TrainState state,
      RecordedSteps recorded,
      Arena arena) {
    double rate = recorded.expected().path("learning_rates").get(n - 1).asDouble();
    Weighted penalty = words.penalty.at(recorded, n);
    TrainPlan plan =
        Plans.constant(options.plan(recorded.width()), rate, penalty.penalty, penalty.weight);
    try (TrainStep step = new TrainStep(state, options, plan, 2)) {
      Map<String, double[]> moments = recorded.firstMoments(state);
      StepFigures figures = step.step(recorded.rows(arena, n));
      recorded.checkLoss(n, figures.loss());
      Map<String, float[]> gradients = recorded.gradients(state, moments, options.beta1());
      double clip = options.clip() > 0 ? Math.max(1, figures.gradientNorm() / options.clip()) : 1;
      if (words.ownThresholds) {
        recorded.checkParameters(n, state);
        String norm = "state.gradient_norm_before_clipping";
        if (recorded.has(n + "." + norm)) {
          double wanted = recorded.number(n, norm);
          assertThat(figures.gradientNorm()).isCloseTo(wanted, within(1e-4 * wanted));
        }
        Map<String, float[]> wanted = recorded.recorded(n, "at_optimizer");
        if (options.clip() == 0) { // its optimiser projects inside: the moments show that
          wanted.remove(TrainState.W_DEC);
        }
        checkGradients(wanted, gradients, 1);
        checkGradients(recorded.recorded(n, "clipped"), gradients, 1);
      } else {
        // The library's gradient of the thresholds is another (see its README), and by the clipping
        // it changes the length of all others.
        Map<String, float[]> wanted = recorded.recorded(n, "at_optimizer");
        if (!wanted.isEmpty()) {
          double theirs = recorded.number(n, "state.gradient_norm_before_clipping");
          wanted.remove(TrainState.THRESHOLDS);
          checkGradients(wanted, gradients, clip / Math.max(1, theirs / options.clip()));
        }
      }
    }
  }

  private static void checkGradients(
      Map<String, float[]> wanted, Map<String, float[]> gradients, double factor) {
    wanted.forEach(
        (name, theirs) -> {
          float[] ours = gradients.get(name).clone();
          for (int i = 0; i < ours.length; i++) {
            ours[i] *= (float) factor;
          }
          double most = 1e-4 * RecordedSteps.largest(theirs);
          RecordedSteps.assertWithin("gradient of " + name, ours, theirs, most);
        });
  }
}
