package org.sememe.sae.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.sememe.sae.design.Activation;
import org.sememe.sae.design.BiasUse;
import org.sememe.sae.design.DecoderKind;
import org.sememe.sae.design.Design;
import org.sememe.sae.design.EncoderKind;
import org.sememe.sae.design.GateTraining;
import org.sememe.sae.design.InputNorm;
import org.sememe.sae.design.Normalisation;
import org.sememe.sae.design.OwnPiece;
import org.sememe.sae.design.Penalty;
import org.sememe.sae.design.Pieces;
import org.sememe.sae.design.Reconstruction;
import org.sememe.sae.design.RowNorm;
import org.sememe.sae.design.Structure;
import org.sememe.sae.design.WeightedPenalty;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;

/** Gradients of designs without straight-through pieces against differences, in double. */
class ObjectiveGradientTest {
  private static final long SEED = 20_261_125;
  private static final double STEP = 1e-6;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  private static Map<String, Design> designs() {
    Pieces pieces = Pieces.of(ObjectiveGradientTest.class.getClassLoader());
    Map<String, Design> designs = new LinkedHashMap<>();
    designs.put("l1", priced(new Penalty.L1(), 0));
    designs.put("l1 by norms", priced(new Penalty.L1(), 1));
    designs.put("l1 by squared norms", priced(new Penalty.L1(), 2).withBias(BiasUse.OUTPUT));
    designs.put("power sum", priced(new Penalty.PowerSum(0.5), 1));
    designs.put("p-norm", priced(new Penalty.PNorm(0.7), 1));
    designs.put("2-norm", priced(new Penalty.PNorm(2), 0));
    designs.put("tanh", priced(new Penalty.Tanh(1.5), 1));
    designs.put("log", priced(pieces.penalty(OwnPiece.parse("log:scale=0.3")), 1));
    designs.put("soft threshold", Design.of(pieces.activation(OwnPiece.parse("soft-threshold"))));
    designs.put("layer norm", priced(new Penalty.L1(), 1).withInputNorm(InputNorm.LAYER_NORM));
    designs.put(
        "constant norm", priced(new Penalty.L1(), 1).withInputNorm(InputNorm.CONSTANT_NORM));
    designs.put(
        "gated",
        Design.of(new Activation.Gated())
            .withGate(new GateTraining(false, false))
            .withPenalties(List.of(new WeightedPenalty(new Penalty.L1(), 0.3, 1))));
    designs.put(
        "topk, wider, skip",
        Design.of(new Activation.TopK(2))
            .withSkip(true)
            .withOtherTarget(true)
            .withError(Normalisation.TARGET_VARIANCE)
            .withReconstructions(
                List.of(new Reconstruction.Whole(1), new Reconstruction.Wider(3, 0.2, true))));
    designs.put("abstopk", Design.of(new Activation.AbsTopK(3)).withScaledByDecoder(true));
    designs.put(
        "batchtopk, nested",
        Design.of(new Activation.BatchTopK(2.5))
            .withScaledByDecoder(true)
            .withError(Normalisation.VALUES)
            .withReconstructions(
                List.of(new Reconstruction.Prefix(4, 0.5), new Reconstruction.Whole(1))));
    designs.put("groupmax", Design.of(new Activation.GroupMax(4)));
    designs.put("matching pursuit", Design.of(new Activation.MatchingPursuit(3, 0.01, true)));
    designs.put("orthogonal pursuit", Design.of(new Activation.OrthogonalPursuit(3)));
    Structure plain = Structure.plain();
    designs.put(
        "tied",
        priced(new Penalty.L1(), 1).withStructure(plain.withEncoder(new EncoderKind.Tied())));
    designs.put(
        "tied, topk",
        Design.of(new Activation.TopK(3)).withStructure(plain.withEncoder(new EncoderKind.Tied())));
    designs.put(
        "kronecker", priced(new Penalty.L1(), 1).withStructure(plain.withEncoder(Toy.KRONECKER)));
    designs.put(
        "kronecker, topk",
        Design.of(new Activation.TopK(3)).withStructure(plain.withEncoder(Toy.KRONECKER)));
    EncoderKind routed = new EncoderKind.Switch(Toy.EXPERTS, 0.7);
    designs.put(
        "switch",
        priced(new Penalty.L1(), 1)
            .withInputNorm(InputNorm.LAYER_NORM)
            .withStructure(plain.withEncoder(routed)));
    designs.put(
        "switch, batchtopk",
        Design.of(new Activation.BatchTopK(2))
            .withScaledByDecoder(true)
            .withStructure(plain.withEncoder(routed)));
    designs.put(
        "archetypal",
        priced(new Penalty.L1(), 1)
            .withStructure(plain.withDecoder(new DecoderKind.Archetypal(0.5))));
    designs.put(
        "crosscoder",
        priced(new Penalty.L1(), 1).withStructure(plain.withRowNorm(new RowNorm.ByHook(3))));
    designs.put(
        "crosscoder, batchtopk",
        Design.of(new Activation.BatchTopK(2))
            .withScaledByDecoder(true)
            .withStructure(plain.withRowNorm(new RowNorm.ByHook(2))));
    designs.put(
        "budgets",
        Design.of(new Activation.TopK(5))
            .withScaledByDecoder(true)
            .withSkip(true)
            .withReconstructions(
                List.of(
                    new Reconstruction.Budgets(List.of(1, 2, 4, 30), 0.5),
                    new Reconstruction.Whole(1))));
    return designs;
  }

  private static Design priced(Penalty penalty, int decoderPower) {
    return Design.of(new Activation.Relu())
        .withPenalties(List.of(new WeightedPenalty(penalty, 0.4, decoderPower)));
  }

  @TestFactory
  Stream<DynamicTest> everyParameterOfEveryDesign() {
    System.out.println("Gradients: seed " + SEED);
    return designs().entrySet().stream()
        .map(
            named ->
                DynamicTest.dynamicTest(
                    named.getKey(), () -> check(named.getKey(), named.getValue())));
  }

  private static void check(String name, Design design) {
    try (PointerScope scope = new PointerScope()) {
      Toy toy = new Toy(RandomStream.of(SEED).stream(name));
      Map<String, Tensor> parameters = toy.parameters();
      Objective objective = Objective.of(design);
      Tensor x = toy.rows();
      Tensor target = design.otherTarget() ? toy.rows() : x;
      Situation half = Situation.plain().withPenaltyScale(0.5);
      Map<String, Tensor> gradients = objective.evaluate(parameters, x, target, half).gradients();
      Set<String> trained = new LinkedHashSet<>(parameters.keySet());
      trained.remove(ParameterNames.POINTS);
      assertThat(gradients).containsOnlyKeys(trained);
      double slopes = 0;
      for (String parameter : trained) {
        Tensor direction = toy.normal(TensorMemory.shape(gradients.get(parameter)));
        double ahead = loss(objective, parameters, parameter, direction, STEP, x, target, half);
        double behind = loss(objective, parameters, parameter, direction, -STEP, x, target, half);
        double expected = (ahead - behind) / (2 * STEP);
        assertThat(gradients.get(parameter).mul(direction).sum().item_double())
            .as("slope of %s", parameter)
            .isCloseTo(expected, within(1e-6 * (1 + Math.abs(expected))));
        slopes += Math.abs(expected);
      }
      assertThat(slopes).isPositive();
    }
  }

  private static double loss(
      Objective objective,
      Map<String, Tensor> parameters,
      String name,
      Tensor direction,
      double step,
      Tensor x,
      Tensor target,
      Situation situation) {
    return objective
        .evaluate(Toy.moved(parameters, name, direction, step), x, target, situation)
        .total()
        .item_double();
  }
}
