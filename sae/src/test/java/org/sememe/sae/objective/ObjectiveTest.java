package org.sememe.sae.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sememe.tensors.testing.TensorAssertions.assertClose;
import static org.sememe.tensors.testing.TensorAssertions.assertSameBits;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sememe.sae.design.Activation;
import org.sememe.sae.design.BiasUse;
import org.sememe.sae.design.DeadLatents;
import org.sememe.sae.design.Design;
import org.sememe.sae.design.GateTraining;
import org.sememe.sae.design.Normalisation;
import org.sememe.sae.design.OwnPiece;
import org.sememe.sae.design.Penalty;
import org.sememe.sae.design.Pieces;
import org.sememe.sae.design.Reconstruction;
import org.sememe.sae.design.WeightedPenalty;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.LeakMeter;

/** Straight-through and constant parts of losses, users' own pieces, and refusals. */
class ObjectiveTest {
  private static final long SEED = 7_041_776;
  private static final double BAND = 1.2;
  private static final double PRICE = 0.3;
  private static final DeadLatents DEAD =
      new DeadLatents(
          0.5, 2, DeadLatents.Strength.SIGNED, Normalisation.ERROR_VARIANCE, true, false, false);

  private final Toy toy = new Toy(RandomStream.of(SEED));

  @BeforeAll
  static void start() {
    System.out.println("Objectives: seed " + SEED);
    Torch.start(2);
  }

  /** The published formulas, latent by latent, from the gradient that reaches the activations. */
  @ParameterizedTest
  @EnumSource(Activation.StraightThrough.class)
  void jumpReluGetsItsRectanglesGradient(Activation.StraightThrough through) {
    try (PointerScope scope = new PointerScope()) {
      Map<String, Tensor> parameters = toy.parameters();
      Tensor x = toy.rows();
      Evaluation seen =
          Objective.of(
                  Design.of(new Activation.JumpRelu(BAND, through))
                      .withBias(BiasUse.OUTPUT)
                      .withPenalties(List.of(new WeightedPenalty(new Penalty.L0(), PRICE, 0))))
              .evaluate(parameters, x, Situation.plain());
      double[] slopes = // d error / d z
          TensorMemory.doubles(
              seen.reconstruction().sub(x).matmul(parameters.get(ParameterNames.W_DEC).t()));
      double[] p = TensorMemory.doubles(seen.preActivations());
      double[] theta = TensorMemory.doubles(parameters.get(ParameterNames.THRESHOLD));
      double[] toThreshold = new double[Toy.LATENTS];
      double[] toBias = new double[Toy.LATENTS];
      int inside = 0;
      for (int i = 0; i < p.length; i++) {
        int latent = i % Toy.LATENTS;
        double slope = 2 * slopes[i] / Toy.ROWS;
        toBias[latent] += p[i] > theta[latent] ? slope : 0;
        if (Math.abs(p[i] - theta[latent]) < BAND / 2) {
          double pulled = (theta[latent] * slope + PRICE / Toy.ROWS) / BAND;
          toThreshold[latent] -= pulled;
          toBias[latent] += through == Activation.StraightThrough.ALL ? pulled : 0;
          inside++;
        }
      }
      assertThat(inside).isPositive();
      Map<String, Tensor> gradients = seen.gradients();
      assertClose(
          "threshold",
          TensorMemory.doubles(gradients.get(ParameterNames.THRESHOLD)),
          toThreshold,
          1e-12);
      assertClose("bias", TensorMemory.doubles(gradients.get(ParameterNames.B_ENC)), toBias, 1e-12);
    }
  }

  @Test
  void deadLatentsLearnFromAConstantErrorAndCountTheBiasOnce() {
    try (PointerScope scope = new PointerScope()) {
      Map<String, Tensor> parameters = toy.parameters();
      Tensor x = toy.rows();
      Design without = Design.of(new Activation.TopK(1)).withBias(BiasUse.OUTPUT);
      Evaluation plain = Objective.of(without).evaluate(parameters, x, Situation.plain());
      Tensor dead = plain.fired().logical_not();
      double[] mask = TensorMemory.doubles(dead);
      assertThat(Arrays.stream(mask).sum()).isBetween(3.0, Toy.LATENTS - 1.0);
      Evaluation with =
          Objective.of(without.withDead(DEAD))
              .evaluate(parameters, x, Situation.plain().withDead(dead));
      assertThat(with.value("dead")).isPositive();
      Map<String, Tensor> before = plain.gradients();
      Map<String, Tensor> after = with.gradients();
      String bias = ParameterNames.B_DEC;
      assertSameBits(bias, after.get(bias), before.get(bias));
      for (String name : List.of(ParameterNames.W_ENC, ParameterNames.W_DEC)) {
        Tensor added = after.get(name).sub(before.get(name)).abs().sum(1);
        double[] moved = TensorMemory.doubles(added);
        for (int latent = 0; latent < mask.length; latent++) {
          if (mask[latent] == 0) {
            assertThat(moved[latent]).as("%s of live latent %d", name, latent).isZero();
          }
        }
        assertThat(added.sum().item_double()).as(name).isPositive();
      }
    }
  }

  @Test
  void anErrorOfNothingTeachesDeadLatentsNothing() {
    try (PointerScope scope = new PointerScope()) {
      Map<String, Tensor> parameters = new HashMap<>(toy.parameters());
      parameters.replaceAll((name, tensor) -> torch.zeros_like(tensor));
      Tensor x = torch.zeros_like(toy.rows());
      Tensor dead = torch.ones_like(parameters.get(ParameterNames.B_ENC));
      Evaluation seen =
          Objective.of(Design.of(new Activation.TopK(1)).withDead(DEAD))
              .evaluate(parameters, x, Situation.plain().withDead(dead));
      assertThat(seen.value("dead")).isZero();
      seen.gradients()
          .forEach(
              (name, gradient) ->
                  assertThat(TensorMemory.doubles(gradient)).as(name).containsOnly(0));
    }
  }

  @Test
  void aGatesReconstructionHoldsTheDecoderConstantAsPublished() {
    try (PointerScope scope = new PointerScope()) {
      Map<String, Tensor> parameters = toy.parameters();
      Tensor x = toy.rows();
      Tensor closed = parameters.get(ParameterNames.B_MAG);
      closed.fill_(new Scalar(-1e6)); // no magnitude: only the gate's term acts
      Design design = Design.of(new Activation.Gated()).withBias(BiasUse.OUTPUT);
      Map<String, Tensor> published =
          Objective.of(design).evaluate(parameters, x, Situation.plain()).gradients();
      Map<String, Tensor> free =
          Objective.of(design.withGate(new GateTraining(false, false)))
              .evaluate(parameters, x, Situation.plain())
              .gradients();
      assertThat(TensorMemory.doubles(published.get(ParameterNames.W_DEC))).containsOnly(0);
      assertThat(free.get(ParameterNames.W_DEC).abs().sum().item_double()).isPositive();
      assertSameBits("W_enc", published.get(ParameterNames.W_ENC), free.get(ParameterNames.W_ENC));
    }
  }

  @Test
  void usersPiecesAreFoundByName() {
    Pieces pieces = Pieces.of(getClass().getClassLoader());
    assertThat(pieces.activations()).contains("soft-threshold");
    assertThat(pieces.penalties()).contains("log");
    assertThatThrownBy(() -> pieces.activation(OwnPiece.parse("softer")))
        .hasMessage(
            "no activation of your own is called softer: name its jar with --plugin"
                + " (known: soft-threshold)");
    assertThatThrownBy(() -> pieces.penalty(OwnPiece.parse("log:scale=0")))
        .hasMessage("log:scale=0: option scale is 0.0, need above 0");
    assertThat(Pieces.of(ClassLoader.getPlatformClassLoader()).activations()).isEmpty();
  }

  @Test
  void whatDoesNotFitIsRefused() {
    assertThatThrownBy(
            () ->
                Design.of(new Activation.Relu())
                    .withReconstructions(List.of(new Reconstruction.Wider(4, 1, true))))
        .hasMessage("a wider reconstruction needs an activation with a k");
    assertThatThrownBy(
            () ->
                Design.of(new Activation.Relu())
                    .withReconstructions(
                        List.of(new Reconstruction.Whole(1), new Reconstruction.Whole(2))))
        .hasMessage("a reconstruction is asked for twice: add their weights");
    try (PointerScope scope = new PointerScope()) {
      Map<String, Tensor> parameters = toy.parameters();
      parameters.remove(ParameterNames.W_SKIP);
      Tensor x = toy.rows();
      assertThatThrownBy(
              () -> evaluate(Design.of(new Activation.Relu()).withSkip(true), parameters, x))
          .hasMessageStartingWith("the design needs a parameter W_skip; there are [W_enc, ");
      assertThatThrownBy(() -> evaluate(Design.of(new Activation.GroupMax(5)), parameters, x))
          .hasMessage("12 latents cannot be cut into 5 equal groups: choose a multiple");
      assertThatThrownBy(
              () ->
                  evaluate(
                      Design.of(new Activation.Relu())
                          .withReconstructions(List.of(new Reconstruction.Prefix(13, 1))),
                      parameters,
                      x))
          .hasMessage("a prefix of 13 latents, but the dictionary has 12");
    }
  }

  private static Evaluation evaluate(Design design, Map<String, Tensor> parameters, Tensor x) {
    return Objective.of(design).evaluate(parameters, x, Situation.plain());
  }

  @Test
  void stepsLeaveNoMemoryBehind() throws Exception {
    try (PointerScope outer = new PointerScope()) {
      Map<String, Tensor> parameters = toy.parameters();
      Tensor x = toy.rows();
      Tensor dead = torch.ones_like(parameters.get(ParameterNames.B_ENC));
      Objective objective = Objective.of(Design.of(new Activation.TopK(2)).withDead(DEAD));
      LeakMeter.assertFlat(
          300,
          64L << 20,
          () -> {
            try (PointerScope scope = new PointerScope()) {
              objective.evaluate(parameters, x, Situation.plain().withDead(dead)).gradients();
            }
          });
    }
  }
}
