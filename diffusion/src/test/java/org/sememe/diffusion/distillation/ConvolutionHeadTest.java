package org.sememe.diffusion.distillation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sememe.diffusion.runs.Gradients;
import org.sememe.diffusion.runs.NewParameters;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;

/** Heads with norms: what a batch norm sees, what a spectral norm does, R1 through both. */
class ConvolutionHeadTest {
  private static final ConvolutionHead.Norms BOTH = new ConvolutionHead.Norms(true, 4);

  @BeforeAll
  static void start() {
    Torch.start(1);
  }

  private static ConvolutionHead head(ConvolutionHead.Norms norms) throws IOException {
    return new ConvolutionHead(
        new ConvolutionHead.Shape(3, 8, 8, 2, 0), norms, new NewParameters(5));
  }

  private static Tensor normal(String name, long... shape) {
    Tensor made = TensorMemory.empty(ScalarType.Float, shape);
    RandomStream.of(3).stream(name).fillNormal(TensorMemory.segment(made), 1);
    return made;
  }

  private static Head.Condition one(int samples) {
    float[] label = new float[samples * 2];
    for (int i = 0; i < samples; i++) {
      label[2 * i] = 1;
    }
    return new Head.Condition(
        Optional.of(TensorMemory.floats(label, samples, 2)), Optional.empty());
  }

  /** A group's logits follow from that group alone; within it, from each other. */
  @Test
  void groupsAreSeenForThemselves() throws IOException {
    try (PointerScope scope = new PointerScope()) {
      ConvolutionHead head = head(new ConvolutionHead.Norms(false, 4));
      Tensor features = normal("features", 8, 3, 4, 4);
      float[] before = TensorMemory.floats(head.logits(features, one(8)));
      features.narrow(0, 7, 1).mul_(new Scalar(3.0));
      float[] after = TensorMemory.floats(head.logits(features, one(8)));
      int half = before.length / 2;
      assertThat(Arrays.copyOf(after, half)).containsExactly(Arrays.copyOf(before, half));
      assertThat(after[half]).isNotEqualTo(before[half]);
      assertThatThrownBy(() -> head.logits(features.narrow(0, 0, 7), one(7)))
          .hasMessageContaining("equal groups");
    }
  }

  /** After enough turns each weight's largest singular value is 1. */
  @Test
  void spectralNormsReachOne() throws IOException {
    try (PointerScope scope = new PointerScope()) {
      Tensor weight = normal("weight", 6, 3, 2, 2);
      SpectralNorm norm = new SpectralNorm(normal("u", 6), normal("v", 12));
      Tensor normed = weight;
      for (int turn = 0; turn < 200; turn++) {
        normed = norm.normed(weight, true);
      }
      double largest = torch.linalg_svdvals(normed.reshape(6, -1)).max().item_double();
      assertThat(largest).isCloseTo(1, within(1e-4));
      assertThat(TensorMemory.floats(norm.normed(weight, false)))
          .containsExactly(TensorMemory.floats(normed));
    }
  }

  /** R1's gradient by the heads' weights, through both norms, against differences in float64. */
  @Test
  void thePenaltyIsDifferentiatedThroughTheNorms() throws IOException {
    try (PointerScope scope = new PointerScope()) {
      NewParameters beginning = new NewParameters(5);
      ConvolutionHead head =
          new ConvolutionHead(
              new ConvolutionHead.Shape(3, 8, 8, 2, 0),
              BOTH,
              (path, shape) -> beginning.parameter(path, shape).to(ScalarType.Double));
      // Without turning: the spectral vectors are constants of a difference.
      Map<String, Tensor> vectors = new LinkedHashMap<>();
      head.vectors().forEach((name, vector) -> vectors.put(name, vector.clone()));
      Discriminator discriminator = new Discriminator(List.of(head));
      List<Tensor> real = List.of(normal("real", 4, 3, 4, 4).to(ScalarType.Double));
      List<Tensor> fake = List.of(normal("fake", 4, 3, 4, 4).to(ScalarType.Double));
      Head.Condition told =
          new Head.Condition(one(4).text().map(t -> t.to(ScalarType.Double)), Optional.empty());
      Supplier<Tensor> penalty =
          () -> {
            vectors.forEach((name, vector) -> head.vectors().get(name).copy_(vector));
            return discriminator.judge(real, fake, told).penalty();
          };
      SequencedMap<String, Tensor> weights = discriminator.parameters();
      weights.values().forEach(weight -> weight.set_requires_grad(true));
      String name = "heads.0.in.weight";
      Tensor gradient = Gradients.of(penalty.get(), weights).get(name);
      double length = gradient.norm().item_double();
      Tensor there = gradient.div(new Scalar(length));
      double step = 1e-6;
      double[] penalties = new double[2];
      for (int side = 0; side < 2; side++) {
        move(weights.get(name), there, side == 0 ? step : -2 * step);
        penalties[side] = penalty.get().item_double();
      }
      assertThat((penalties[0] - penalties[1]) / (2 * step))
          .isCloseTo(length, within(1e-4 * length));
    }
  }

  private static void move(Tensor weight, Tensor direction, double distance) {
    try (AutoGradMode off = new AutoGradMode(false)) {
      weight.add_(direction.mul(new Scalar(distance)));
    }
  }

  @Test
  void normsHaveParametersAndVectorsOfTheirOwn() throws IOException {
    try (PointerScope scope = new PointerScope()) {
      assertThat(head(ConvolutionHead.Norms.NONE).vectors()).isEmpty();
      ConvolutionHead both = head(BOTH);
      assertThat(both.vectors())
          .containsOnlyKeys(
              "in.weight_u",
              "in.weight_v",
              "res.weight_u",
              "res.weight_v",
              "out.weight_u",
              "out.weight_v");
      assertThat(both.parameters()).containsKeys("in_norm.weight", "res_norm.bias");
      assertThatThrownBy(() -> new ConvolutionHead.Norms(false, 1)).hasMessageContaining("from 2");
    }
  }
}
