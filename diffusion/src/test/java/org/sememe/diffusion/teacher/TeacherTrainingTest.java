package org.sememe.diffusion.teacher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.diffusion.pipeline.Guidance;
import org.sememe.diffusion.pipeline.Noise;
import org.sememe.diffusion.pipeline.Pictures;
import org.sememe.diffusion.pipeline.PixelPipeline;
import org.sememe.diffusion.testing.Halves;
import org.sememe.models.unet.Tap;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.LeakMeter;

/** A teacher of two simple classes. */
class TeacherTrainingTest {
  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  private static TeacherPlan plan(long steps) {
    return new TeacherPlan(List.of(8, 16), 1, 1, steps, 16, 4e-3, 0.9, 0.1, 7);
  }

  @Test
  void aTrainedTeacherDrawsItsClasses() throws IOException {
    int steps = 250;
    double first = 0;
    double last = 0;
    try (TeacherTraining training = new TeacherTraining(folder, plan(steps), Halves.pictures(64))) {
      while (training.step() < steps) {
        double loss = training.next().get("loss");
        first += training.step() <= 10 ? loss / 10 : 0;
        last += training.step() > steps - 20 ? loss / 20 : 0;
      }
      training.save();
    }
    assertThat(last).isLessThan(first / 4);
    try (PixelPipeline pipeline = PixelPipeline.open(folder, "")) {
      int[] labels = {0, 1, 0, 1};
      Pictures drawn = pipeline.draw(labels, 20, OptionalInt.empty(), Noise.seeded(3), Tap.NONE);
      for (int i = 0; i < labels.length; i++) {
        double above = mean(drawn, i, 0);
        double below = mean(drawn, i, 1);
        assertThat(labels[i] == 0 ? above - below : below - above)
            .as("picture %d: %s above, %s below", i, above, below)
            .isGreaterThan(80);
      }
      guidanceLeadsAwayFromTheHiddenClass(pipeline);
    }
  }

  /** One step: the guided picture is n + 1.1 (p - n), as long as nothing is cut. */
  private static void guidanceLeadsAwayFromTheHiddenClass(PixelPipeline pipeline) {
    byte[] told = one(pipeline, 0, Guidance.NONE);
    byte[] hidden = one(pipeline, 2, Guidance.NONE);
    byte[] guided = one(pipeline, 0, new Guidance(1.1, 0));
    int compared = 0;
    for (int i = 0; i < told.length; i++) {
      int p = Byte.toUnsignedInt(told[i]);
      int n = Byte.toUnsignedInt(hidden[i]);
      double expected = n + 1.1 * (p - n);
      if (Math.min(p, n) > 0 && Math.max(p, n) < 255 && expected > 5 && expected < 250) {
        assertThat((double) Byte.toUnsignedInt(guided[i])).isBetween(expected - 3, expected + 3);
        compared++;
      }
    }
    assertThat(compared).isPositive();
  }

  private static byte[] one(PixelPipeline pipeline, int label, Guidance guidance) {
    return pipeline
        .draw(new int[] {label}, 1, guidance, OptionalInt.empty(), Noise.seeded(3), Tap.NONE)
        .values();
  }

  private static double mean(Pictures drawn, int picture, int half) {
    int size = Halves.SIDE * Halves.SIDE / 2;
    double sum = 0;
    for (int i = 0; i < size; i++) {
      sum += Byte.toUnsignedInt(drawn.values()[(2 * picture + half) * size + i]);
    }
    return sum / size;
  }

  @Test
  void aContinuedRunHasTheSameBits() throws IOException {
    Path whole = folder.resolve("whole");
    Path parts = folder.resolve("parts");
    try (TeacherTraining training = new TeacherTraining(whole, plan(6), Halves.pictures(64))) {
      while (training.step() < 6) {
        training.next();
      }
      training.save();
    }
    try (TeacherTraining training = new TeacherTraining(parts, plan(6), Halves.pictures(64))) {
      while (training.step() < 3) {
        training.next();
      }
      training.checkpoint();
      training.next(); // lost, as by a kill
    }
    try (TeacherTraining training = new TeacherTraining(parts, plan(6), Halves.pictures(64))) {
      assertThat(training.step()).isEqualTo(3);
      while (training.step() < 6) {
        training.next();
      }
      training.save();
    }
    String weights = "unet/diffusion_pytorch_model.safetensors";
    assertThat(Files.readAllBytes(parts.resolve(weights)))
        .isEqualTo(Files.readAllBytes(whole.resolve(weights)));
    assertThatThrownBy(() -> new TeacherTraining(parts, plan(7), Halves.pictures(64)).close())
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("another plan");
  }

  @Test
  void stepsLeakNothing() throws Exception {
    try (TeacherTraining training = new TeacherTraining(folder, plan(1000), Halves.pictures(64))) {
      LeakMeter.assertFlat(40, 64L << 20, training::next);
    }
  }

  @Test
  void wrongPlansAreRefused() {
    assertThatThrownBy(() -> new TeacherPlan(List.of(7), 1, 1, 1, 1, 1e-3, 0.9, 0, 1))
        .hasMessageContaining("channels");
    assertThatThrownBy(
            () ->
                new TeacherTraining(
                    folder,
                    new TeacherPlan(List.of(2, 2, 2, 2, 2), 1, 9, 1, 1, 1e-3, 0.9, 0, 1),
                    Halves.pictures(64)))
        .hasMessageContaining("halve");
  }
}
