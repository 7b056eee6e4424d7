package org.sememe.diffusion.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.diffusion.distillation.FeatureNetwork;
import org.sememe.diffusion.metrics.FeatureRows;
import org.sememe.diffusion.pictures.PictureSet;
import org.sememe.diffusion.runs.Gradients;
import org.sememe.diffusion.runs.NewParameters;
import org.sememe.diffusion.runs.ParameterDigest;
import org.sememe.diffusion.testing.Halves;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;

/** Networks of pictures: what they are trained for, and what is told of them. */
class FeaturesTest {
  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  private static EncoderPlan plan(long steps) {
    return new EncoderPlan(List.of(4, 8), steps, 8, 5e-3, 3);
  }

  private EncoderTraining contrast(String name, long steps) throws IOException {
    return new EncoderTraining(
        folder.resolve(name), plan(steps), Halves.pictures(32), Contrast::new);
  }

  /** Pairs alike and at right angles to all others: only e^5 against the 2 n - 2 others counts. */
  @Test
  void theContrastOfRightAnglesIsKnown() {
    try (PointerScope scope = new PointerScope()) {
      int pairs = 3;
      float[] rows = new float[2 * pairs * pairs];
      for (int i = 0; i < 2 * pairs; i++) {
        rows[i * pairs + i % pairs] = 1 + i; // lengths do not count
      }
      double loss = Contrast.loss(TensorMemory.floats(rows, 2 * pairs, pairs)).item_double();
      assertThat(loss).isCloseTo(Math.log1p(4 * Math.exp(-5)), within(1e-6));
      float[] same = new float[2 * pairs * pairs];
      Arrays.fill(same, 1);
      assertThat(Contrast.loss(TensorMemory.floats(same, 2 * pairs, pairs)).item_double())
          .isCloseTo(Math.log(5), within(1e-6));
    }
  }

  @Test
  void aContinuedTrainingHasTheSameBitsAndFitsOnlyItsPlan() throws IOException {
    try (EncoderTraining whole = contrast("whole", 5)) {
      while (whole.step() < 5) {
        whole.next();
      }
      whole.save();
    }
    try (EncoderTraining first = contrast("parts", 5)) {
      first.next();
      first.next();
      first.checkpoint();
      first.next(); // lost, as by a kill
    }
    try (EncoderTraining second = contrast("parts", 5)) {
      assertThat(second.step()).isEqualTo(2);
      while (second.step() < 5) {
        second.next();
      }
      second.save();
    }
    assertThat(Files.readAllBytes(folder.resolve("parts/model.safetensors")))
        .isEqualTo(Files.readAllBytes(folder.resolve("whole/model.safetensors")));
    assertThatThrownBy(() -> contrast("parts", 6))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("another plan");
    byte[] checkpoint = Files.readAllBytes(folder.resolve("parts/checkpoint.safetensors"));
    Files.write(
        folder.resolve("parts/checkpoint.safetensors"),
        Arrays.copyOf(checkpoint, checkpoint.length / 2));
    assertThatThrownBy(() -> contrast("parts", 5)).isInstanceOf(FormatException.class);
    assertThatThrownBy(() -> PictureJudge.open(folder.resolve("whole")))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("without labels");
  }

  @Test
  void aNetworkComesBackFromItsFolderWithATapOfEachSize() throws IOException {
    PictureEncoder.Shape shape = new PictureEncoder.Shape(1, List.of(4, 8, 12));
    try (PictureEncoder made = new PictureEncoder(shape, new NewParameters(5));
        PointerScope scope = new PointerScope()) {
      Files.createDirectories(folder.resolve("net"));
      made.save(folder.resolve("net"), Map.of());
      try (PictureEncoder read = PictureEncoder.open(folder.resolve("net"))) {
        assertThat(ParameterDigest.of(read.parameters()))
            .isEqualTo(ParameterDigest.of(made.parameters()));
        Tensor pictures = Halves.pictures(4).tensor(new int[] {0, 1});
        FeatureNetwork.Features features = read.of(pictures);
        assertThat(features.taps().stream().map(TensorMemory::shape))
            .containsExactly(
                new long[] {2, 4, 8, 8}, new long[] {2, 8, 4, 4}, new long[] {2, 12, 2, 2});
        assertThat(TensorMemory.floats(features.embedding()))
            .isEqualTo(TensorMemory.floats(made.of(pictures).embedding()));
      }
      TensorMemory.segment(made.parameters().firstEntry().getValue()).fill((byte) 1);
      try (PictureEncoder read = PictureEncoder.open(folder.resolve("net"))) {
        assertThat(ParameterDigest.of(read.parameters()))
            .isNotEqualTo(ParameterDigest.of(made.parameters()));
      }
    }
  }

  @Test
  void aJudgeTellsClassesApartAndAProbeFindsThem() throws IOException {
    PictureSet pictures = Halves.pictures(64);
    Path judge = folder.resolve("judge");
    try (EncoderTraining training =
        new EncoderTraining(
            judge, plan(60), pictures, (width, source) -> new Labels(width, 2, source))) {
      while (training.step() < 60) {
        training.next();
      }
      training.save();
    }
    try (PictureJudge open = PictureJudge.open(judge);
        PictureEncoder encoder = PictureEncoder.open(judge)) {
      assertThat(open.accuracy(pictures)).isGreaterThan(0.95);
      assertThat(open.features(pictures).width()).isEqualTo(8);
      assertThat(LinearProbe.accuracy(encoder, pictures, pictures)).isGreaterThan(0.95);
    }
  }

  /** Labels that have nothing to do with the features: a probe is at chance on held-out rows. */
  @Test
  void aProbeOfNothingIsAtChance() {
    int count = 400;
    int[] labels = new int[count];
    Arrays.setAll(labels, i -> i % 2);
    double accuracy = LinearProbe.accuracy(noise(1, count), labels, noise(2, count), labels);
    assertThat(accuracy).isBetween(0.4, 0.6);
  }

  private static FeatureRows noise(long seed, int count) {
    RandomStream random = RandomStream.of(seed);
    double[] values = new double[count * 5];
    Arrays.setAll(values, i -> random.nextGaussian());
    return new FeatureRows(count, 5, values);
  }

  @Test
  void augmentationMovesWhatIsThereAndLetsGradientsThrough() {
    try (PointerScope scope = new PointerScope();
        AutoGradMode on = new AutoGradMode(true)) {
      Tensor pictures = Halves.pictures(4).tensor(new int[] {0, 1, 2});
      assertThat(Augmentation.NONE.of(pictures, RandomStream.of(1))).isSameAs(pictures);

      Augmentation moved = new Augmentation(0.3, 0.2, 0.2, 0, 0);
      Tensor even = pictures.mul(pictures).sub(pictures.mul(pictures)); // 0 everywhere
      assertThat(TensorMemory.floats(moved.of(even, RandomStream.of(1)))).containsOnly(0f);
      assertThat(TensorMemory.floats(moved.of(pictures, RandomStream.of(1))))
          .isEqualTo(TensorMemory.floats(moved.of(pictures, RandomStream.of(1))))
          .isNotEqualTo(TensorMemory.floats(moved.of(pictures, RandomStream.of(2))));

      Tensor input = pictures.detach().clone().set_requires_grad(true);
      Tensor seen = new Augmentation(0, 0, 0, 0, 0.5).of(input, RandomStream.of(4));
      float[] gradient = TensorMemory.floats(Gradients.of(seen.sum(), Map.of("x", input)).get("x"));
      float[] values = TensorMemory.floats(seen);
      int cut = 0;
      for (int i = 0; i < values.length; i++) {
        boolean hidden = values[i] == 0;
        assertThat(gradient[i]).isCloseTo(hidden ? 0 : 1, within(1e-4f));
        cut += hidden ? 1 : 0;
      }
      assertThat(cut).isBetween(3 * 4, 3 * 25);
    }
  }
}
