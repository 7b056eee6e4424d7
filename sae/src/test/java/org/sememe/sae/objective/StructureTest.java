package org.sememe.sae.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.sememe.tensors.testing.TensorAssertions.assertClose;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sememe.sae.design.Activation;
import org.sememe.sae.design.DecoderKind;
import org.sememe.sae.design.Design;
import org.sememe.sae.design.EncoderKind;
import org.sememe.sae.design.InputNorm;
import org.sememe.sae.design.Penalty;
import org.sememe.sae.design.Reconstruction;
import org.sememe.sae.design.RowNorm;
import org.sememe.sae.design.Structure;
import org.sememe.sae.design.WeightedPenalty;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;

/**
 * Encoders, decoders, row norms and budgets against loops over numbers, and where they coincide.
 */
class StructureTest {
  private static final long SEED = 2_505_222_55;
  private static final double SAME = 1e-12;
  private static final Structure PLAIN = Structure.plain();

  private final Toy toy = new Toy(RandomStream.of(SEED));

  @BeforeAll
  static void start() {
    System.out.println("Structures: seed " + SEED);
    Torch.start(2);
  }

  private static Evaluation evaluate(Design design, Map<String, Tensor> parameters, Tensor x) {
    return Objective.of(design).evaluate(parameters, x, Situation.plain());
  }

  private static void assertSame(Evaluation actual, Evaluation expected, String... parameters) {
    assertThat(actual.total().item_double())
        .isCloseTo(expected.total().item_double(), within(SAME * 100));
    Map<String, Tensor> own = actual.gradients();
    Map<String, Tensor> others = expected.gradients();
    for (String name : parameters) {
      assertThat(others.get(name).abs().sum().item_double()).as(name).isPositive();
      assertClose(name, own.get(name), others.get(name), SAME);
    }
  }

  private static final class Numbers {
    private final double[] values;
    private final int width;

    Numbers(Tensor tensor) {
      values = TensorMemory.doubles(tensor.contiguous());
      width = (int) tensor.size(tensor.dim() - 1);
    }

    double at(int row, int column) {
      return values[row * width + column];
    }
  }

  private static double dot(Numbers a, int row, Numbers b, int other, double[] minus) {
    double sum = 0;
    for (int j = 0; j < a.width; j++) {
      sum += (a.at(row, j) - minus[j]) * b.at(other, j);
    }
    return sum;
  }

  @Test
  void aKroneckerLatentIsOnWhereBothItsHalvesAre() {
    try (PointerScope scope = new PointerScope()) {
      Map<String, Tensor> parameters = toy.parameters();
      Tensor rows = toy.rows();
      EncoderKind.Kronecker kron = Toy.KRONECKER;
      Evaluation seen =
          evaluate(
              Design.of(new Activation.Relu()).withStructure(PLAIN.withEncoder(kron)),
              parameters,
              rows);
      Numbers x = new Numbers(rows);
      Numbers p = new Numbers(parameters.get(ParameterNames.W_P));
      Numbers q = new Numbers(parameters.get(ParameterNames.W_Q));
      double[] pBias = TensorMemory.doubles(parameters.get(ParameterNames.B_P));
      double[] qBias = TensorMemory.doubles(parameters.get(ParameterNames.B_Q));
      double[] centre = TensorMemory.doubles(parameters.get(ParameterNames.B_DEC));
      double[] expected = new double[Toy.ROWS * Toy.LATENTS];
      int at = 0;
      int on = 0;
      for (int row = 0; row < Toy.ROWS; row++) {
        for (int head = 0; head < kron.heads(); head++) {
          for (int i = 0; i < kron.first(); i++) {
            for (int j = 0; j < kron.second(); j++) {
              int one = head * kron.first() + i;
              int other = head * kron.second() + j;
              double a = dot(x, row, p, one, centre) + pBias[one];
              double b = dot(x, row, q, other, centre) + qBias[other];
              boolean both = a > 0 && b > 0;
              on += both ? 1 : 0;
              expected[at++] = both ? Math.sqrt(a * b) : 0;
            }
          }
        }
      }
      assertThat(on).isBetween(5, at - 5);
      assertClose("z", TensorMemory.doubles(seen.activations()), expected, SAME);
    }
  }

  @Test
  void aKroneckerEncoderWithAConstantHalfIsTheRootOfADenseOne() {
    try (PointerScope scope = new PointerScope()) {
      Map<String, Tensor> parameters = new HashMap<>(toy.parameters());
      parameters.put(ParameterNames.W_P, parameters.get(ParameterNames.W_ENC));
      parameters.put(ParameterNames.B_P, parameters.get(ParameterNames.B_ENC));
      parameters.put(ParameterNames.W_Q, torch.zeros_like(toy.normal(1, Toy.WIDTH)));
      parameters.put(ParameterNames.B_Q, torch.ones_like(toy.normal(1)));
      Tensor x = toy.rows();
      Design dense = Design.of(new Activation.Relu());
      Tensor plain = evaluate(dense, parameters, x).activations();
      Tensor roots =
          evaluate(
                  dense.withStructure(
                      PLAIN.withEncoder(new EncoderKind.Kronecker(1, Toy.LATENTS, 1))),
                  parameters,
                  x)
              .activations();
      assertClose("z", roots, plain.sqrt(), SAME);
    }
  }

  @Test
  void aSwitchHasItsChosenExpertsLatentsAlone() {
    try (PointerScope scope = new PointerScope()) {
      Map<String, Tensor> parameters = toy.parameters();
      Tensor rows = toy.rows();
      Evaluation seen =
          evaluate(
              Design.of(new Activation.Relu())
                  .withStructure(PLAIN.withEncoder(new EncoderKind.Switch(Toy.EXPERTS, 0.3))),
              parameters,
              rows);
      Numbers x = new Numbers(rows);
      Numbers encoder = new Numbers(parameters.get(ParameterNames.W_ENC));
      Numbers router = new Numbers(parameters.get(ParameterNames.W_ROUTER));
      double[] bias = TensorMemory.doubles(parameters.get(ParameterNames.B_ENC));
      double[] centre = TensorMemory.doubles(parameters.get(ParameterNames.B_DEC));
      double[] routed = TensorMemory.doubles(parameters.get(ParameterNames.B_ROUTER));
      double[] expected = new double[Toy.ROWS * Toy.LATENTS];
      double[] share = new double[Toy.EXPERTS];
      double[] mean = new double[Toy.EXPERTS];
      int each = Toy.LATENTS / Toy.EXPERTS;
      for (int row = 0; row < Toy.ROWS; row++) {
        double[] q = new double[Toy.EXPERTS];
        double sum = 0;
        int best = 0;
        for (int e = 0; e < Toy.EXPERTS; e++) {
          q[e] = Math.exp(dot(x, row, router, e, routed));
          sum += q[e];
          best = q[e] > q[best] ? e : best;
        }
        for (int e = 0; e < Toy.EXPERTS; e++) {
          mean[e] += q[e] / sum / Toy.ROWS;
        }
        share[best] += 1.0 / Toy.ROWS;
        for (int latent = best * each; latent < (best + 1) * each; latent++) {
          double p = dot(x, row, encoder, latent, centre) + bias[latent];
          expected[row * Toy.LATENTS + latent] = q[best] / sum * Math.max(p, 0);
        }
      }
      double balance = 0;
      for (int e = 0; e < Toy.EXPERTS; e++) {
        balance += Toy.EXPERTS * share[e] * mean[e];
      }
      assertThat(share).doesNotContain(1.0);
      assertClose("z", TensorMemory.doubles(seen.activations()), expected, SAME);
      assertThat(seen.value("balance")).isCloseTo(balance, within(SAME));
      assertThat(seen.terms().get("balance").weight()).isEqualTo(0.3);
    }
  }

  static Stream<Activation> activations() {
    return Stream.of(
        new Activation.Relu(),
        new Activation.TopK(3),
        new Activation.AbsTopK(3),
        new Activation.BatchTopK(2.5),
        new Activation.GroupMax(3),
        new Activation.JumpRelu(1.2, Activation.StraightThrough.ALL));
  }

  @ParameterizedTest
  @MethodSource("activations")
  void aSwitchOfOneExpertIsTheDenseEncoder(Activation activation) {
    try (PointerScope scope = new PointerScope()) {
      Map<String, Tensor> parameters = new HashMap<>(toy.parameters());
      parameters.put(ParameterNames.W_ROUTER, toy.normal(1, Toy.WIDTH));
      Tensor x = toy.rows();
      Design dense = Design.of(activation);
      Evaluation one =
          evaluate(
              dense.withStructure(PLAIN.withEncoder(new EncoderKind.Switch(1, 0))), parameters, x);
      assertSame(
          one,
          evaluate(dense, parameters, x),
          ParameterNames.W_ENC,
          ParameterNames.B_ENC,
          ParameterNames.W_DEC,
          ParameterNames.B_DEC);
      assertThat(one.value("balance")).isCloseTo(1, within(SAME));
      assertThat(one.gradients().get(ParameterNames.W_ROUTER).abs().max().item_double())
          .isLessThan(SAME);
    }
  }

  @Test
  void archetypesOfTheAxesAreAFreeDecoder() {
    try (PointerScope scope = new PointerScope()) {
      Map<String, Tensor> parameters = new HashMap<>(toy.parameters());
      double[] axes = new double[Toy.WIDTH * Toy.WIDTH];
      double[] oneHot = new double[Toy.LATENTS * Toy.WIDTH];
      for (int i = 0; i < Toy.WIDTH; i++) {
        axes[i * Toy.WIDTH + i] = 1;
      }
      for (int latent = 0; latent < Toy.LATENTS; latent++) {
        oneHot[latent * Toy.WIDTH + latent % Toy.WIDTH] = 1;
      }
      parameters.put(ParameterNames.POINTS, doubles(axes, Toy.WIDTH, Toy.WIDTH));
      parameters.put(ParameterNames.W_MIX, doubles(oneHot, Toy.LATENTS, Toy.WIDTH));
      parameters.put(
          ParameterNames.RELAXATION, torch.zeros_like(parameters.get(ParameterNames.RELAXATION)));
      parameters.put(
          ParameterNames.LOG_SCALE, torch.zeros_like(parameters.get(ParameterNames.LOG_SCALE)));
      parameters.put(ParameterNames.W_DEC, doubles(oneHot, Toy.LATENTS, Toy.WIDTH));
      Tensor x = toy.rows();
      Design free =
          Design.of(new Activation.Relu())
              .withPenalties(List.of(new WeightedPenalty(new Penalty.L1(), 0.4, 1)));
      Design mixed = free.withStructure(PLAIN.withDecoder(new DecoderKind.Archetypal(0)));
      Evaluation expected = evaluate(free, parameters, x);
      Evaluation actual = evaluate(mixed, parameters, x);
      assertSame(actual, expected, ParameterNames.W_ENC, ParameterNames.B_DEC);
      assertClose(
          "of the shares",
          actual.gradients().get(ParameterNames.W_MIX),
          expected.gradients().get(ParameterNames.W_DEC),
          SAME);
      assertClose(
          "rows", Objective.decoder(mixed, parameters), parameters.get(ParameterNames.W_DEC), SAME);
    }
  }

  private static Tensor doubles(double[] values, long... shape) {
    return TensorMemory.copy(MemorySegment.ofArray(values), ScalarType.Double, shape);
  }

  @Test
  void archetypesAreHeldInTheHullAndItsSlack() {
    try (PointerScope scope = new PointerScope()) {
      Map<String, Tensor> parameters = toy.parameters();
      Tensor before = parameters.get(ParameterNames.RELAXATION).clone();
      DecoderKind.Archetypal rule = new DecoderKind.Archetypal(2);
      Archetypes.hold(rule, parameters);
      Tensor shares = parameters.get(ParameterNames.W_MIX);
      assertThat(shares.min().item_double()).isGreaterThanOrEqualTo(0);
      assertClose("sums", shares.sum(1), torch.ones_like(shares.sum(1)), 1e-6);
      Numbers was = new Numbers(before);
      Numbers is = new Numbers(parameters.get(ParameterNames.RELAXATION));
      int shortened = 0;
      for (int row = 0; row < Toy.LATENTS; row++) {
        double norm = Math.sqrt(dot(was, row, was, row, new double[Toy.WIDTH]));
        shortened += norm > 2 ? 1 : 0;
        for (int j = 0; j < Toy.WIDTH; j++) {
          assertThat(is.at(row, j)).isCloseTo(was.at(row, j) * Math.min(1, 2 / norm), within(SAME));
        }
      }
      assertThat(shortened).isBetween(1, Toy.LATENTS - 1);
    }
  }

  @Test
  void aCrosscoderPaysTheSumOfItsHookPointsNorms() {
    try (PointerScope scope = new PointerScope()) {
      Map<String, Tensor> parameters = toy.parameters();
      Tensor x = toy.rows();
      int hooks = 3;
      Design whole =
          Design.of(new Activation.Relu())
              .withPenalties(List.of(new WeightedPenalty(new Penalty.L1(), 0.4, 1)));
      Evaluation seen =
          evaluate(
              whole.withStructure(PLAIN.withRowNorm(new RowNorm.ByHook(hooks))), parameters, x);
      Numbers z = new Numbers(seen.activations());
      Numbers decoder = new Numbers(parameters.get(ParameterNames.W_DEC));
      int part = Toy.WIDTH / hooks;
      double price = 0;
      for (int row = 0; row < Toy.ROWS; row++) {
        for (int latent = 0; latent < Toy.LATENTS; latent++) {
          for (int hook = 0; hook < hooks; hook++) {
            double squares = 0;
            for (int j = hook * part; j < (hook + 1) * part; j++) {
              squares += decoder.at(latent, j) * decoder.at(latent, j);
            }
            price += z.at(row, latent) * Math.sqrt(squares) / Toy.ROWS;
          }
        }
      }
      assertThat(seen.value("penalty_0")).isCloseTo(price, within(1e-10));
      assertSame(
          evaluate(whole.withStructure(PLAIN.withRowNorm(new RowNorm.ByHook(1))), parameters, x),
          evaluate(whole, parameters, x),
          ParameterNames.W_ENC,
          ParameterNames.W_DEC);
      // A latent that writes at one hook point alone is as long as its row.
      parameters.get(ParameterNames.W_DEC).narrow(1, part, Toy.WIDTH - part).zero_();
      assertThat(
              evaluate(
                      whole.withStructure(PLAIN.withRowNorm(new RowNorm.ByHook(hooks))),
                      parameters,
                      x)
                  .value("penalty_0"))
          .isCloseTo(evaluate(whole, parameters, x).value("penalty_0"), within(1e-10));
    }
  }

  @Test
  void aBudgetIsWhatASmallerKWouldReconstruct() {
    try (PointerScope scope = new PointerScope()) {
      Map<String, Tensor> parameters = toy.parameters();
      parameters.get(ParameterNames.B_ENC).add_(new Scalar(4.0)); // enough latents are positive
      Tensor x = toy.rows();
      int most = 5;
      Design wide = Design.of(new Activation.TopK(most));
      double mean = 0;
      for (int k = 1; k <= most; k++) {
        Evaluation one = evaluate(Design.of(new Activation.TopK(k)), parameters, x);
        assertSame(
            evaluate(budgets(wide, new Reconstruction.Budgets(List.of(k), 1)), parameters, x),
            one,
            ParameterNames.W_ENC,
            ParameterNames.W_DEC,
            ParameterNames.B_DEC);
        mean += one.value("error") / most;
      }
      assertThat(
              evaluate(budgets(wide, Reconstruction.Budgets.upTo(most, 1)), parameters, x)
                  .value("error_budgets"))
          .isCloseTo(mean, within(1e-10));
      assertSame(
          evaluate(
              budgets(wide, new Reconstruction.Budgets(List.of(most, 1000), 1)), parameters, x),
          evaluate(wide, parameters, x),
          ParameterNames.W_ENC);
    }
  }

  private static Design budgets(Design design, Reconstruction.Budgets budgets) {
    return design.withReconstructions(List.of(budgets));
  }

  @Test
  void whatDoesNotFitIsRefused() {
    assertThatThrownBy(
            () -> Design.of(new Activation.Gated()).withStructure(PLAIN.withEncoder(Toy.KRONECKER)))
        .hasMessage("a gated dictionary and matching pursuit have no encoder but a dense one");
    assertThatThrownBy(
            () ->
                Design.of(new Activation.Relu())
                    .withStructure(PLAIN.withRowNorm(new RowNorm.ByHook(2)))
                    .withInputNorm(InputNorm.LAYER_NORM))
        .hasMessage("rows of several hook points are not normalised as one: normalise each before");
    assertThatThrownBy(() -> new Reconstruction.Budgets(List.of(2, 2), 1))
        .hasMessage("budgets [2, 2], need ascending ones");
    try (PointerScope scope = new PointerScope()) {
      Map<String, Tensor> parameters = toy.parameters();
      Tensor x = toy.rows();
      assertThatThrownBy(
              () ->
                  evaluate(
                      Design.of(new Activation.Relu())
                          .withStructure(PLAIN.withRowNorm(new RowNorm.ByHook(4)))
                          .withScaledByDecoder(true),
                      parameters,
                      x))
          .hasMessage("rows of 6 numbers cannot be cut into equal parts for 4 hook points");
      assertThatThrownBy(
              () ->
                  evaluate(
                      Design.of(new Activation.Relu())
                          .withStructure(PLAIN.withEncoder(new EncoderKind.Kronecker(3, 2, 2))),
                      parameters,
                      x))
          .hasMessage("W_P has 4 rows, but 3 heads of 2 need 6");
      assertThatThrownBy(
              () ->
                  evaluate(
                      Design.of(new Activation.Relu())
                          .withStructure(PLAIN.withEncoder(new EncoderKind.Switch(2, 0))),
                      parameters,
                      x))
          .hasMessage("W_router has 3 rows, but there are 2 experts");
      assertThatThrownBy(
              () ->
                  new InitialWeights(1, 1, 0, SEED)
                      .of(
                          Design.of(new Activation.Relu())
                              .withStructure(PLAIN.withDecoder(new DecoderKind.Archetypal(1))),
                          InitialWeights.Sizes.of(4, 3),
                          Optional.empty()))
          .hasMessage("an archetypal decoder needs points to mix");
    }
  }
}
