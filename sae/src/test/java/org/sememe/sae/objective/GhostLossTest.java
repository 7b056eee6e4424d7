package org.sememe.sae.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sememe.sae.design.Activation;
import org.sememe.sae.design.BiasUse;
import org.sememe.sae.design.Design;
import org.sememe.sae.design.GhostGradients;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;

class GhostLossTest {
  private static final long SEED = 2024;
  private static final double STEP = 1e-6;

  private final Toy toy = new Toy(RandomStream.of(SEED));

  @BeforeAll
  static void start() {
    System.out.println("Ghost gradients: seed " + SEED);
    Torch.start(2);
  }

  /** The term with its scales held at what they are at first, by loops over numbers. */
  private static final class Twin {
    private final int width = Toy.WIDTH;
    private final double[] x;
    private final double[] errors;
    private final double[] dead;
    private double[] scales;
    private double ratio;

    Twin(Tensor x, Tensor reconstruction, Tensor dead) {
      this.x = TensorMemory.doubles(x);
      this.errors = TensorMemory.doubles(x.sub(reconstruction.detach()));
      this.dead = TensorMemory.doubles(dead);
    }

    double loss(Map<String, Tensor> parameters) {
      double[] encoder = TensorMemory.doubles(parameters.get(ParameterNames.W_ENC));
      double[] decoder = TensorMemory.doubles(parameters.get(ParameterNames.W_DEC));
      double[] bias = TensorMemory.doubles(parameters.get(ParameterNames.B_ENC));
      boolean first = scales == null;
      if (first) {
        scales = new double[Toy.ROWS];
      }
      double missed = 0;
      double own = 0;
      for (int row = 0; row < Toy.ROWS; row++) {
        double[] ghost = new double[width];
        for (int latent = 0; latent < dead.length; latent++) {
          if (dead[latent] == 0) {
            continue;
          }
          double p = bias[latent];
          for (int j = 0; j < width; j++) {
            p += x[row * width + j] * encoder[latent * width + j];
          }
          for (int j = 0; j < width; j++) {
            ghost[j] += Math.exp(p) * decoder[latent * width + j];
          }
        }
        double squares = 0;
        double squaredError = 0;
        for (int j = 0; j < width; j++) {
          squares += ghost[j] * ghost[j];
          squaredError += errors[row * width + j] * errors[row * width + j];
        }
        if (first) {
          scales[row] = Math.sqrt(squaredError / squares) / 2;
        }
        own += squaredError / Toy.ROWS;
        for (int j = 0; j < width; j++) {
          double miss = errors[row * width + j] - scales[row] * ghost[j];
          missed += miss * miss / Toy.ROWS;
        }
      }
      if (first) {
        ratio = own / missed;
      }
      return ratio * missed;
    }
  }

  @Test
  void deadLatentsPointAtTheErrorAndNothingElseMoves() {
    try (PointerScope scope = new PointerScope()) {
      Map<String, Tensor> parameters = toy.parameters();
      Tensor x = toy.rows();
      Design without = Design.of(new Activation.TopK(1)).withBias(BiasUse.OUTPUT);
      Evaluation plain = Objective.of(without).evaluate(parameters, x, Situation.plain());
      Tensor dead = plain.fired().logical_not();
      double[] mask = TensorMemory.doubles(dead);
      assertThat(Arrays.stream(mask).sum()).isBetween(3.0, Toy.LATENTS - 1.0);
      double weight = 0.7;
      Evaluation with =
          Objective.of(without.withDead(new GhostGradients(weight, true)))
              .evaluate(parameters, x, Situation.plain().withDead(torch.ones_like(dead)));
      Twin twin = new Twin(x, plain.reconstruction(), dead);
      assertThat(with.value("dead")).isCloseTo(twin.loss(parameters), within(1e-10));
      assertThat(with.value("dead")).isCloseTo(with.value("error"), within(1e-10));
      Map<String, Tensor> before = plain.gradients();
      Map<String, Tensor> after = with.gradients();
      for (String name :
          List.of(ParameterNames.W_ENC, ParameterNames.W_DEC, ParameterNames.B_ENC)) {
        Tensor added = after.get(name).sub(before.get(name));
        Tensor direction = toy.normal(TensorMemory.shape(added));
        double ahead = twin.loss(Toy.moved(parameters, name, direction, STEP));
        double behind = twin.loss(Toy.moved(parameters, name, direction, -STEP));
        double expected = weight * (ahead - behind) / (2 * STEP);
        assertThat(Math.abs(expected)).as(name).isPositive();
        assertThat(added.mul(direction).sum().item_double())
            .as(name)
            .isCloseTo(expected, within(1e-6 * (1 + Math.abs(expected))));
        double[] moved = TensorMemory.doubles(added.abs().reshape(Toy.LATENTS, -1).sum(1));
        for (int latent = 0; latent < mask.length; latent++) {
          assertThat(moved[latent] == 0).as("%s %d", name, latent).isEqualTo(mask[latent] == 0);
        }
      }
      assertThat(TensorMemory.doubles(after.get(ParameterNames.B_DEC)))
          .isEqualTo(TensorMemory.doubles(before.get(ParameterNames.B_DEC)));
    }
  }

  @Test
  void nothingDeadOrNothingLeftTeachesNothing() {
    try (PointerScope scope = new PointerScope()) {
      Map<String, Tensor> parameters = toy.parameters();
      Tensor x = toy.rows();
      Objective objective =
          Objective.of(Design.of(new Activation.TopK(1)).withDead(new GhostGradients(1, false)));
      Tensor none = torch.zeros_like(parameters.get(ParameterNames.B_ENC));
      assertThat(objective.evaluate(parameters, x, Situation.plain().withDead(none)).value("dead"))
          .isZero();
      parameters.get(ParameterNames.B_DEC).fill_(new Scalar(0.0));
      parameters.get(ParameterNames.B_ENC).fill_(new Scalar(-1.0));
      Tensor nothing = torch.zeros_like(x);
      Evaluation seen =
          objective.evaluate(
              parameters, nothing, Situation.plain().withDead(torch.ones_like(none)));
      assertThat(seen.value("dead")).isZero();
      seen.gradients()
          .forEach(
              (name, gradient) ->
                  assertThat(TensorMemory.doubles(gradient)).as(name).containsOnly(0));
    }
  }
}
