package org.sememe.training.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sememe.sae.design.Activation;
import org.sememe.sae.design.DecoderKind;
import org.sememe.sae.design.Design;
import org.sememe.sae.design.EncoderKind;
import org.sememe.sae.design.GhostGradients;
import org.sememe.sae.design.Penalty;
import org.sememe.sae.design.RandomPrefixes;
import org.sememe.sae.design.Reconstruction;
import org.sememe.sae.design.RowNorm;
import org.sememe.sae.design.Structure;
import org.sememe.sae.design.WeightedPenalty;
import org.sememe.sae.objective.InitialWeights;
import org.sememe.sae.objective.Objective;
import org.sememe.sae.objective.ParameterNames;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.TensorAssertions;
import org.sememe.training.optimiser.DecoderConstraint;
import org.sememe.training.optimiser.LearningRate;
import org.sememe.training.optimiser.Optimiser;
import org.sememe.training.optimiser.OptimiserChoice;

/** Rows made of planted directions: every structure learns from them, and finds directions. */
class StructuresTrainTest {
  private static final long SEED = 31_415;
  private static final int WIDTH = 24;
  private static final int PLANTED = 32;
  private static final int LATENTS = 48;
  private static final int SILENT = 40;
  private static final int K = 3;
  private static final int ROWS = 256;
  private static final int STEPS = 400;
  private static final LearningRate RATE = LearningRate.of(3e-3);
  private static final Structure PLAIN = Structure.plain();

  @BeforeAll
  static void start() {
    System.out.println("Structures in training: seed " + SEED);
    Torch.start(2);
  }

  /** A design by step. */
  private record Case(String name, LongFunction<Design> design) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Case always(String name, Design design) {
    return new Case(name, _ -> design);
  }

  static Stream<Case> cases() {
    Design topK = Design.of(new Activation.TopK(K));
    Design relu =
        Design.of(new Activation.Relu())
            .withPenalties(List.of(new WeightedPenalty(new Penalty.L1(), 0.05, 1)));
    Structure hooks = PLAIN.withRowNorm(new RowNorm.ByHook(2));
    RandomPrefixes prefixes = new RandomPrefixes(4, 1, 0.5, SEED);
    return Stream.of(
        always("dense", topK),
        always(
            "kronecker",
            topK.withStructure(PLAIN.withEncoder(new EncoderKind.Kronecker(12, 2, 2)))),
        always(
            "switch",
            topK.withStructure(PLAIN.withEncoder(new EncoderKind.Switch(2, 0.01 * WIDTH)))),
        always(
            "archetypal", topK.withStructure(PLAIN.withDecoder(new DecoderKind.Archetypal(0.5)))),
        always("crosscoder, l1", relu.withStructure(hooks)),
        always("crosscoder, topk", topK.withStructure(hooks).withScaledByDecoder(true)),
        always(
            "crosscoder, batchtopk",
            Design.of(new Activation.BatchTopK(K)).withStructure(hooks).withScaledByDecoder(true)),
        new Case(
            "random prefixes", step -> topK.withReconstructions(prefixes.at(step, LATENTS, 1))),
        always(
            "budgets",
            Design.of(new Activation.TopK(2 * K))
                .withReconstructions(List.of(Reconstruction.Budgets.upTo(2 * K, 1)))),
        always("ghosts", relu.withDead(new GhostGradients(1, true))));
  }

  private static Tensor unit(Tensor rows) {
    return rows.div(rows.norm(new ScalarOptional(new Scalar(2.0)), new long[] {1}, true));
  }

  private static Tensor normal(RandomStream random, int rows, int width) {
    float[] values = new float[rows * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return TensorMemory.floats(values, rows, width);
  }

  /** Unit rows {@code [PLANTED, WIDTH]}. */
  private static Tensor truth() {
    return unit(normal(RandomStream.of(SEED).stream("truth"), PLANTED, WIDTH));
  }

  private static Tensor batch(Tensor truth, long step) {
    RandomStream random = RandomStream.of(SEED).stream("rows").stream(step);
    float[] codes = new float[ROWS * PLANTED];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = random.nextDouble() < 2.0 / PLANTED ? 0.5f + random.nextFloat() : 0;
    }
    return TensorMemory.floats(codes, ROWS, PLANTED)
        .matmul(truth)
        .add(normal(random, ROWS, WIDTH).mul(new Scalar(0.01)));
  }

  /** Mean over planted directions of the best cosine among rows. */
  private static double recovery(Tensor truth, Tensor rows) {
    Tensor alive =
        rows.add(new Scalar(1e-12)); // a row of zeros points nowhere, not at a not-a-number
    return truth.matmul(unit(alive).t()).max(1).get0().mean().item_double();
  }

  private static StepRules rules(DecoderConstraint constraint) {
    return new StepRules(
        constraint,
        OptionalDouble.of(1),
        false,
        new SilenceRule(SilenceRule.Unit.BATCHES, 20, false, SilenceRule.Fired.ACTIVE),
        Optional.empty());
  }

  private static Map<String, Tensor> weights(Design design, Tensor truth) {
    return new InitialWeights(0.5, 1, 0.1, SEED)
        .of(design, InitialWeights.Sizes.of(LATENTS, WIDTH), Optional.of(batch(truth, -1)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theLossFallsAndDirectionsAreFound(Case run) {
    try (PointerScope scope = new PointerScope();
        Optimiser optimiser = OptimiserChoice.Adam.usual().create();
        Silence silence = new Silence(LATENTS, -1)) {
      Tensor truth = truth();
      Map<String, Tensor> weights = weights(run.design.apply(0), truth);
      double chance = recovery(truth, unit(normal(RandomStream.of(SEED), LATENTS, WIDTH)));
      AutogradStep step =
          new AutogradStep(
              weights, rules(new DecoderConstraint.Free()), optimiser, silence, gradients -> {});
      double first = 0;
      double last = 0;
      for (long n = 0; n < STEPS; n++) {
        try (PointerScope part = new PointerScope()) {
          Tensor x = batch(truth, n);
          double error = step.step(run.design.apply(n), StepInput.of(x), n, 1, RATE).squaredError();
          first += n < 10 ? error / 10 : 0;
          last += n >= STEPS - 10 ? error / 10 : 0;
        }
      }
      double found = recovery(truth, Objective.decoder(run.design.apply(0), weights));
      System.out.printf(
          "%s: error %.3f to %.3f, directions %.3f (chance %.3f)%n",
          run.name, first, last, found, chance);
      assertThat(last).isLessThan(0.4 * first);
      assertThat(found).isGreaterThan(chance + 0.25 * (1 - chance));
    }
  }

  @Test
  void anArchetypalDecoderStaysAtItsPoints() {
    try (PointerScope scope = new PointerScope();
        Optimiser optimiser = OptimiserChoice.Adam.usual().create();
        Silence silence = new Silence(LATENTS, -1)) {
      double slack = 0.05;
      Design design =
          Design.of(new Activation.TopK(K))
              .withStructure(PLAIN.withDecoder(new DecoderKind.Archetypal(slack)));
      Tensor truth = truth();
      Map<String, Tensor> weights = weights(design, truth);
      Tensor points = weights.get(ParameterNames.POINTS).clone();
      AutogradStep step =
          new AutogradStep(
              weights, rules(new DecoderConstraint.Free()), optimiser, silence, gradients -> {});
      for (long n = 0; n < 30; n++) {
        step.step(design, StepInput.of(batch(truth, n)), n, 1, LearningRate.of(0.02));
      }
      TensorAssertions.assertSameBits("points", weights.get(ParameterNames.POINTS), points);
      Tensor shares = weights.get(ParameterNames.W_MIX);
      assertThat(shares.min().item_double()).isGreaterThanOrEqualTo(0);
      assertThat(shares.sum(1).sub(new Scalar(1.0)).abs().max().item_double())
          .isCloseTo(0, within(1e-5));
      double longest =
          weights
              .get(ParameterNames.RELAXATION)
              .norm(new ScalarOptional(new Scalar(2.0)), new long[] {1})
              .max()
              .item_double();
      assertThat(longest).isBetween(slack / 10, slack * (1 + 1e-5));
      AutogradStep unit =
          new AutogradStep(
              weights, rules(new DecoderConstraint.AtMostOne()), optimiser, silence, _ -> {});
      assertThatThrownBy(() -> unit.step(design, StepInput.of(batch(truth, 0)), 0, 1, RATE))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("choose free norms");
    }
  }

  /** What became of latents that begin silent. */
  private record Woken(long latents, double squaredError) {}

  @Test
  void ghostsWakeSilentLatentsAndTheErrorFalls() {
    Design relu =
        Design.of(new Activation.Relu())
            .withPenalties(List.of(new WeightedPenalty(new Penalty.L1(), 0.05, 1)));
    Woken without = woken(relu);
    Woken with = woken(relu.withDead(new GhostGradients(1, true)));
    System.out.printf("of %d silent: %s, with ghosts %s%n", SILENT, without, with);
    assertThat(without.latents()).isZero();
    assertThat(with.latents()).isGreaterThan(SILENT / 4);
    assertThat(with.squaredError()).isLessThan(0.8 * without.squaredError());
  }

  private static Woken woken(Design design) {
    try (PointerScope scope = new PointerScope();
        Optimiser optimiser = OptimiserChoice.Adam.usual().create();
        Silence silence = new Silence(LATENTS, -1)) {
      Tensor truth = truth();
      Map<String, Tensor> weights = weights(design, truth);
      weights.get(ParameterNames.B_ENC).narrow(0, 0, SILENT).fill_(new Scalar(-2.0));
      AutogradStep step =
          new AutogradStep(
              weights, rules(new DecoderConstraint.Free()), optimiser, silence, gradients -> {});
      Tensor fired = silence.firedNow().clone();
      double last = 0;
      for (long n = 0; n < STEPS; n++) {
        try (PointerScope part = new PointerScope()) {
          double error =
              step.step(design, StepInput.of(batch(truth, n)), n, 1, LearningRate.of(0.01))
                  .squaredError();
          fired.logical_or_(silence.firedNow());
          last += n >= STEPS - 10 ? error / 10 : 0;
        }
      }
      return new Woken(fired.narrow(0, 0, SILENT).sum().item_long(), last);
    }
  }
}
