package org.sememe.training.optimiser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.LeakMeter;

/** Optimisers and courses against closed forms. */
class OptimisersTest {
  private static final List<OptimiserChoice> CHOICES =
      List.of(
          OptimiserChoice.Adam.usual(),
          new OptimiserChoice.Adam(0, 0.999, 1e-8),
          OptimiserChoice.Signum.usual(),
          OptimiserChoice.Muon.usual());

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  private static Map<String, Tensor> weights() {
    Map<String, Tensor> weights = new HashMap<>();
    weights.put("W", TensorMemory.floats(new float[] {1, -2, 3, 0.5f, 0, 4}, 3, 2));
    weights.put("b", TensorMemory.floats(new float[] {1, -1}, 2));
    return weights;
  }

  private static Map<String, Tensor> gradients(int step) {
    Map<String, Tensor> gradients = new HashMap<>();
    float s = step % 3 - 0.5f;
    gradients.put("W", TensorMemory.floats(new float[] {s, 2, -s, 0.25f, -1, s * s}, 3, 2));
    gradients.put("b", TensorMemory.floats(new float[] {-s, 3}, 2));
    return gradients;
  }

  @Test
  void adamsFirstStepIsTheRateInTheGradientsDirection() {
    try (PointerScope scope = new PointerScope();
        Optimiser adam = OptimiserChoice.Adam.usual().create()) {
      Map<String, Tensor> weights = weights();
      adam.step(weights, gradients(0), LearningRate.of(0.25));
      assertThat(TensorMemory.floats(weights.get("W")))
          .containsExactly(new float[] {1.25f, -2.25f, 2.75f, 0.25f, 0.25f, 3.75f}, within(1e-6f));
    }
  }

  @Test
  void withoutBeta1NoFirstMomentIsKept() {
    try (PointerScope scope = new PointerScope();
        Optimiser adam = new OptimiserChoice.Adam(0, 0.999, 1e-8).create()) {
      adam.step(weights(), gradients(0), LearningRate.of(0.1));
      assertThat(adam.state()).doesNotContainKey("W.exp_avg").containsKey("W.exp_avg_sq");
    }
  }

  @Test
  void signDescentsAverageIsTheMeanOfItsPoints() {
    try (PointerScope scope = new PointerScope();
        Optimiser signum = OptimiserChoice.Signum.usual().create()) {
      Map<String, Tensor> weights = weights();
      double z = 1;
      double sum = 0;
      for (int step = 0; step < 7; step++) {
        double sign = Math.signum(TensorMemory.floats(gradients(step).get("W"))[0]);
        signum.step(weights, gradients(step), LearningRate.of(0.01));
        z -= 0.01 * sign;
        sum += z;
      }
      assertThat((double) TensorMemory.floats(signum.averaged(weights).get("W"))[0])
          .isCloseTo(sum / 7, within(1e-5));
    }
  }

  @Test
  void muonsDirectionIsNearlyOrthogonal() {
    try (PointerScope scope = new PointerScope()) {
      Tensor x = MuonOptimiser.orthogonal(weights().get("W"), 5);
      float[] square =
          TensorMemory.floats(
              x.t().matmul(x).to(org.bytedeco.pytorch.global.torch.ScalarType.Float).contiguous());
      assertThat(square[0]).isBetween(0.4f, 1.6f);
      assertThat(square[3]).isBetween(0.4f, 1.6f);
      assertThat(Math.abs(square[1])).isLessThan(0.3f);
    }
  }

  @Test
  void restoredStateGoesOnToTheSameBits() {
    for (OptimiserChoice choice : CHOICES) {
      try (PointerScope scope = new PointerScope();
          Optimiser whole = choice.create();
          Optimiser second = choice.create()) {
        Map<String, Tensor> weights = weights();
        for (int step = 0; step < 3; step++) {
          whole.step(weights, gradients(step), LearningRate.of(0.1));
        }
        Map<String, Tensor> copies = new HashMap<>();
        weights.forEach((name, tensor) -> copies.put(name, tensor.clone()));
        second.restore(whole.state());
        whole.step(weights, gradients(3), LearningRate.of(0.1));
        second.step(copies, gradients(3), LearningRate.of(0.1));
        for (String name : weights.keySet()) {
          assertThat(TensorMemory.floats(copies.get(name)))
              .as("%s of %s", name, choice)
              .isEqualTo(TensorMemory.floats(weights.get(name)));
        }
      }
    }
  }

  @Test
  void forgottenRowsAloneAreForgotten() {
    try (PointerScope scope = new PointerScope();
        Optimiser adam = OptimiserChoice.Adam.usual().create()) {
      Map<String, Tensor> weights = weights();
      adam.step(weights, gradients(0), LearningRate.of(0.1));
      adam.forgetRows("W", weights.get("W"), TensorMemory.longs(new long[] {1}, 1));
      float[] moment = TensorMemory.floats(adam.state().get("W.exp_avg"));
      assertThat(moment[2]).isZero();
      assertThat(moment[3]).isZero();
      assertThat(moment[1]).isNotZero();
      assertThat(moment[4]).isNotZero();
    }
  }

  @Test
  void stepsLeaveNothingBehind() throws Exception {
    for (OptimiserChoice choice : CHOICES) {
      try (PointerScope scope = new PointerScope();
          Optimiser optimiser = choice.create()) {
        Map<String, Tensor> weights = weights();
        Map<String, Tensor> gradients = gradients(0);
        LeakMeter.assertFlat(
            300, 64L << 20, () -> optimiser.step(weights, gradients, LearningRate.of(1e-3)));
      }
    }
  }

  @Test
  void wrongGradientsAreRefused() {
    try (PointerScope scope = new PointerScope();
        Optimiser adam = OptimiserChoice.Adam.usual().create()) {
      Map<String, Tensor> other = Map.of("V", weights().get("W"));
      assertThatThrownBy(() -> adam.step(weights(), other, LearningRate.of(1)))
          .hasMessageContaining("V");
      Map<String, Tensor> flat = Map.of("W", weights().get("b"));
      assertThatThrownBy(() -> adam.step(weights(), flat, LearningRate.of(1)))
          .hasMessageContaining("[3, 2]");
    }
  }

  @Test
  void theAverageOfAConstantIsTheConstant() {
    try (PointerScope scope = new PointerScope();
        MovingAverage average = new MovingAverage(0.9)) {
      Map<String, Tensor> weights = weights();
      assertThatThrownBy(average::averages).isInstanceOf(IllegalStateException.class);
      average.add(weights);
      average.add(weights);
      assertThat(TensorMemory.floats(average.averages().get("W")))
          .containsExactly(TensorMemory.floats(weights.get("W")), within(1e-5f));
    }
  }

  @Test
  void clippingLeavesTheGivenNorm() {
    try (PointerScope scope = new PointerScope()) {
      Map<String, Tensor> gradients = gradients(0);
      double before = GradientNorm.of(gradients.values());
      assertThat(GradientNorm.clip(gradients.values(), 0.5)).isEqualTo(before);
      assertThat(GradientNorm.of(gradients.values())).isCloseTo(0.5, within(1e-5));
      GradientNorm.clip(gradients.values(), 10);
      assertThat(GradientNorm.of(gradients.values())).isCloseTo(0.5, within(1e-5));
    }
  }

  @Test
  void constraintsHoldNormsAndProject() {
    try (PointerScope scope = new PointerScope()) {
      Tensor decoder = TensorMemory.floats(new float[] {3, 4, 0.3f, 0.4f}, 2, 2);
      Tensor shortened = decoder.clone();
      new DecoderConstraint.AtMostOne().apply(shortened);
      assertThat(TensorMemory.floats(shortened))
          .containsExactly(new float[] {0.6f, 0.8f, 0.3f, 0.4f}, within(1e-6f));
      DecoderConstraint unit =
          new DecoderConstraint.UnitNorm(
              DecoderConstraint.Projection.BEFORE_CLIPPING,
              DecoderConstraint.Normalisation.AFTER_UPDATE);
      Tensor gradient = TensorMemory.floats(new float[] {1, 2, -1, 5}, 2, 2);
      unit.project(gradient, decoder);
      float[] along = TensorMemory.floats(gradient.mul(decoder).sum(1));
      assertThat(along).containsExactly(new float[] {0, 0}, within(1e-5f));
      unit.apply(decoder);
      assertThat(TensorMemory.floats(decoder))
          .containsExactly(new float[] {0.6f, 0.8f, 0.6f, 0.8f}, within(1e-6f));
    }
  }

  @Test
  void coursesPassTheirKnownPoints() {
    RateCourse linear = RateCourse.linear(10, 2, 4);
    assertThat(
            new double[] {linear.factor(0), linear.factor(1), linear.factor(5), linear.factor(7)})
        .containsExactly(0, 0.5, 1, 0.75);
    Course cosine = new Course.Cosine(8, 0.2);
    assertThat(cosine.factor(0)).isEqualTo(1);
    assertThat(cosine.factor(4)).isCloseTo(0.6, within(1e-12));
    assertThat(cosine.factor(8)).isCloseTo(0.2, within(1e-12));
    assertThat(new Course.CosineRestarts(3, 0).factor(3)).isEqualTo(1);
    assertThat(linear.repeatingWarmUp(3).factor(3)).isZero();
    assertThat(LearningRate.forAdam(1 << 14)).isEqualTo(2e-4);
    assertThat(LearningRate.forSignum(1 << 16)).isEqualTo(2.5e-3);
    assertThatThrownBy(() -> RateCourse.linear(3, 2, 2)).hasMessageContaining("3 steps");
    ActiveCourse k = new ActiveCourse(100, 10, 3, 1);
    assertThat(new int[] {k.k(0), k.k(1), k.k(2), k.k(3), k.k(4)})
        .containsExactly(100, 100, 70, 40, 10);
  }

  @Test
  void annealingKeepsThePrice() {
    PowerAnnealing rule = new PowerAnnealing(1, 0.5, 0, 2, 2, 4);
    PowerAnnealing.Stand stand = rule.after(rule.begin(3), 0, 7, 0);
    assertThat(stand.next()).isEqualTo(OptionalDouble.of(0.5));
    assertThat(stand.coefficient()).isEqualTo(3);
    stand = rule.after(stand, 1, 4, 8);
    stand = rule.after(stand, 2, 2, 4);
    assertThat(stand.p()).isEqualTo(0.5);
    assertThat(stand.coefficient()).isEqualTo(1.5);
  }

  @Test
  void warmUpsBeginWhereTheySay() {
    assertThat(WarmUp.fromFirstShare(2).factor(0)).isEqualTo(0.5);
    assertThat(WarmUp.fromZero(4).factor(3)).isEqualTo(0.75);
    assertThat(WarmUp.none().factor(0)).isEqualTo(1);
  }
}
