package org.sememe.training.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sememe.sae.design.Activation;
import org.sememe.sae.design.Design;
import org.sememe.sae.design.Penalty;
import org.sememe.sae.design.WeightedPenalty;
import org.sememe.sae.objective.ParameterNames;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.LeakMeter;
import org.sememe.tensors.testing.TensorAssertions;
import org.sememe.training.optimiser.DecoderConstraint;
import org.sememe.training.optimiser.LearningRate;
import org.sememe.training.optimiser.NewStarts;
import org.sememe.training.optimiser.Optimiser;
import org.sememe.training.optimiser.OptimiserChoice;

class AutogradStepTest {
  private static final int D = 5;
  private static final int LATENTS = 11;
  private static final int ROWS = 10;
  private static final LearningRate RATE = LearningRate.of(1e-2);
  private static final Design DESIGN =
      Design.of(new Activation.TopK(3))
          .withPenalties(List.of(new WeightedPenalty(new Penalty.L1(), 0.1, 1)));

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  private static StepRules rules() {
    return new StepRules(
        new DecoderConstraint.UnitNorm(
            DecoderConstraint.Projection.BEFORE_CLIPPING,
            DecoderConstraint.Normalisation.AFTER_UPDATE),
        OptionalDouble.of(1),
        false,
        new SilenceRule(SilenceRule.Unit.ROWS, 20, false, SilenceRule.Fired.ACTIVE),
        Optional.of(ThresholdRule.dictionaryLearning(0.9, -1, true)));
  }

  private static Tensor random(Random random, int rows, int columns) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return TensorMemory.floats(values, rows, columns);
  }

  private static Map<String, Tensor> weights(long seed) {
    Random random = new Random(seed);
    Map<String, Tensor> weights = new LinkedHashMap<>();
    weights.put(ParameterNames.W_ENC, random(random, LATENTS, D));
    weights.put(ParameterNames.W_DEC, random(random, LATENTS, D));
    weights.put(ParameterNames.B_ENC, random(random, 1, LATENTS).reshape(LATENTS).clone());
    weights.put(ParameterNames.B_DEC, random(random, 1, D).reshape(D).clone());
    return weights;
  }

  /** A run of its own over weights. */
  private static final class Run implements AutoCloseable {
    private final Optimiser optimiser = OptimiserChoice.Adam.usual().create();
    private final Silence silence = new Silence(LATENTS, -1);
    private final AutogradStep step;

    Run(Map<String, Tensor> weights) {
      step = new AutogradStep(weights, rules(), optimiser, silence, gradients -> {});
    }

    StepOutcome step(Tensor x, int chunks, long number) {
      return step.step(DESIGN, new StepInput(x, x, chunks), number, 1, RATE);
    }

    @Override
    public void close() {
      optimiser.close();
      silence.close();
    }
  }

  @Test
  void chunksMakeTheSameStep() {
    long seed = 20260;
    for (int chunks : new int[] {2, 3, 4, ROWS}) {
      try (PointerScope scope = new PointerScope();
          Run whole = new Run(weights(seed));
          Run cut = new Run(weights(seed))) {
        for (int n = 0; n < 4; n++) {
          Tensor x = random(new Random(seed + n), ROWS, D);
          StepOutcome a = whole.step(x, 1, n);
          StepOutcome b = cut.step(x, chunks, n);
          assertThat(b.loss())
              .as("seed %d, %d chunks", seed, chunks)
              .isCloseTo(a.loss(), within(1e-4));
          assertThat(b.terms()).containsOnlyKeys(a.terms().keySet());
          assertThat(b.gradientNorm()).isCloseTo(a.gradientNorm(), within(1e-3));
          assertThat(cut.silence.threshold()).isCloseTo(whole.silence.threshold(), within(1e-4));
          assertThat(TensorMemory.longs(cut.silence.since()))
              .isEqualTo(TensorMemory.longs(whole.silence.since()));
        }
        whole
            .optimiser
            .state()
            .forEach(
                (name, tensor) ->
                    TensorAssertions.assertClose(
                        name, cut.optimiser.state().get(name), tensor, 1e-3));
      }
    }
  }

  @Test
  void aLossThatIsNotFiniteChangesNothing() {
    try (PointerScope scope = new PointerScope()) {
      Map<String, Tensor> weights = weights(3);
      Map<String, float[]> before = new LinkedHashMap<>();
      weights.forEach((name, tensor) -> before.put(name, TensorMemory.floats(tensor)));
      try (Run run = new Run(weights)) {
        float[] values = new float[ROWS * D];
        values[7] = Float.POSITIVE_INFINITY;
        Tensor x = TensorMemory.floats(values, ROWS, D);
        assertThatThrownBy(() -> run.step(x, 1, 12))
            .isInstanceOf(ArithmeticException.class)
            .hasMessageContaining("step 12");
        assertThat(run.optimiser.state()).isEmpty();
        assertThat(run.silence.threshold()).isEqualTo(-1);
        assertThat(TensorMemory.longs(run.silence.since())).containsOnly(0);
      }
      weights.forEach(
          (name, tensor) -> assertThat(TensorMemory.floats(tensor)).isEqualTo(before.get(name)));
    }
  }

  @Test
  void stepsLeaveNothingBehind() throws Exception {
    try (PointerScope scope = new PointerScope();
        Run run = new Run(weights(4))) {
      Tensor x = random(new Random(5), ROWS, D);
      LeakMeter.assertFlat(300, 64L << 20, () -> run.step(x, 2, 0));
    }
  }

  @Test
  void silentLatentsDieAndAreGivenRows() {
    try (PointerScope scope = new PointerScope()) {
      Map<String, Tensor> weights = weights(6);
      weights.get(ParameterNames.B_ENC).narrow(0, 0, 2).sub_(new org.bytedeco.pytorch.Scalar(1e4));
      try (Run run = new Run(weights)) {
        Tensor x = random(new Random(7), ROWS, D);
        assertThat(run.step(x, 1, 0).dead()).isZero();
        assertThat(run.step(x, 1, 1).dead()).isZero();
        assertThat(run.step(x, 1, 2).dead()).isGreaterThanOrEqualTo(2);
        Tensor dead = run.silence.silentFor(29);
        assertThat(TensorMemory.longs(dead)).startsWith(0, 1);
        float[] other = TensorMemory.floats(weights.get(ParameterNames.W_ENC).select(0, 2));
        Tensor rows = x.narrow(0, 0, 1); // fewer than dead latents: the first alone gets one
        new NewStarts(0.2).apply(weights, run.optimiser, dead, rows);
        double length = rows.norm().item_double();
        float[] decoder = TensorMemory.floats(weights.get(ParameterNames.W_DEC).select(0, 0));
        for (int j = 0; j < D; j++) {
          assertThat((double) decoder[j])
              .isCloseTo(TensorMemory.floats(rows)[j] / length, within(1e-5));
        }
        float[] biases = TensorMemory.floats(weights.get(ParameterNames.B_ENC));
        assertThat(biases[0]).isZero();
        assertThat(biases[1]).isLessThan(-1e3f);
        assertThat(TensorMemory.floats(weights.get(ParameterNames.W_ENC).select(0, 2)))
            .isEqualTo(other);
      }
    }
  }
}
