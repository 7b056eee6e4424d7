package org.sememe.diffusion.student;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.diffusion.conditions.CaptionVectors;
import org.sememe.diffusion.conditions.Captions;
import org.sememe.diffusion.conditions.Condition;
import org.sememe.diffusion.distillation.ConvolutionHead;
import org.sememe.diffusion.distillation.DistillationStep;
import org.sememe.diffusion.features.Contrast;
import org.sememe.diffusion.features.EncoderPlan;
import org.sememe.diffusion.features.EncoderTraining;
import org.sememe.diffusion.pictures.NamedPictures;
import org.sememe.diffusion.pictures.PictureSet;
import org.sememe.diffusion.pipeline.Guidance;
import org.sememe.diffusion.pipeline.Noise;
import org.sememe.diffusion.pipeline.PixelPipeline;
import org.sememe.diffusion.pipeline.PixelRequest;
import org.sememe.diffusion.pipeline.Subjects;
import org.sememe.diffusion.runs.PictureTraining;
import org.sememe.diffusion.teacher.TeacherPlan;
import org.sememe.diffusion.teacher.TeacherTraining;
import org.sememe.diffusion.testing.Halves;
import org.sememe.models.unet.Tap;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.safetensors.SafetensorsFile;

/** A teacher and a student that are told captions: what is bright, by two embeddings. */
class CaptionsTest {
  private static final String WEIGHTS = "unet/diffusion_pytorch_model.safetensors";
  private static final String PROJECTION = "class_embedding.linear_1.weight";
  private static final float[][] VECTORS = {{0.8f, 0.6f, 0}, {0, -0.6f, 0.8f}};
  private static final List<String> TEXTS = List.of("bright above", "bright below");

  private static final LogitNormal LEVELS = new LogitNormal(1, 1);

  @TempDir private static Path parts;
  private static Path teacher;

  @TempDir private Path folder;

  @BeforeAll
  static void start() throws IOException {
    Torch.start(2);
    teacher = parts.resolve("teacher");
    train(teacher, 60, 0.1, told(VECTORS));
  }

  private static PictureSet pictures() {
    return Halves.pictures(64);
  }

  private static Captions told(float[][] vectors) {
    CaptionVectors.Encoder encoder = new CaptionVectors.Encoder("none", "of no weights");
    List<String> captions = Arrays.stream(pictures().labels()).mapToObj(TEXTS::get).toList();
    return Captions.of(new CaptionVectors(encoder, TEXTS, vectors), captions);
  }

  private static TeacherTraining teaching(Path run, long steps, double dropout, Captions captions)
      throws IOException {
    TeacherPlan plan = new TeacherPlan(List.of(4, 8), 1, 1, steps, 8, 4e-3, 0.9, dropout, 7);
    return new TeacherTraining(run, plan, pictures(), captions);
  }

  private static void train(Path run, long steps, double dropout, Captions captions)
      throws IOException {
    try (TeacherTraining training = teaching(run, steps, dropout, captions)) {
      go(training, steps);
      training.save();
    }
  }

  private static void go(PictureTraining training, long until) {
    while (training.step() < until) {
      training.next();
    }
  }

  @Test
  void aTeacherDrawsWhatItsCaptionSays() throws IOException {
    try (PixelPipeline pipeline = PixelPipeline.open(teacher, "")) {
      assertThat(pipeline.ofCaptions()).isTrue();
      drawsBoth(pipeline, 10, 60);
      assertThatThrownBy(() -> drawn(pipeline, new Subjects.Classes(new int[1]), 1, 0))
          .hasMessageContaining("captions");
      assertThatThrownBy(() -> drawn(pipeline, new Subjects.Captions(new float[][] {{1, 0}}), 1, 0))
          .hasMessageContaining("width 2");
      // In one step the guided picture is n + 1.1 (p - n) of the one told nothing, where not cut.
      byte[] told = drawn(pipeline, new Subjects.Captions(new float[][] {VECTORS[0]}), 1, 0);
      byte[] nothing = drawn(pipeline, pipeline.nothing(), 1, 0);
      byte[] guided = drawn(pipeline, new Subjects.Captions(new float[][] {VECTORS[0]}), 1, 1.1);
      int compared = 0;
      for (int i = 0; i < told.length; i++) {
        int p = Byte.toUnsignedInt(told[i]);
        int n = Byte.toUnsignedInt(nothing[i]);
        double expected = n + 1.1 * (p - n);
        if (Math.min(p, n) > 0 && Math.max(p, n) < 255 && expected > 5 && expected < 250) {
          assertThat((double) Byte.toUnsignedInt(guided[i])).isBetween(expected - 3, expected + 3);
          compared++;
        }
      }
      assertThat(compared).isPositive();
      assertThat(told).isNotEqualTo(nothing);
    }
  }

  private static byte[] drawn(
      PixelPipeline pipeline, Subjects subjects, int steps, double guidance) {
    PixelRequest request =
        new PixelRequest(
            subjects, steps, new Guidance(guidance, 0), OptionalInt.empty(), Optional.empty());
    return pipeline.draw(request, Noise.seeded(3), Tap.NONE).values();
  }

  private static void drawsBoth(PixelPipeline pipeline, int steps, double least) {
    byte[] values = drawn(pipeline, new Subjects.Captions(VECTORS), steps, 0);
    for (int caption = 0; caption < 2; caption++) {
      double above = half(values, caption, 0) - half(values, caption, 1);
      assertThat(caption == 0 ? above : -above).as(TEXTS.get(caption)).isGreaterThan(least);
    }
  }

  private static double half(byte[] values, int picture, int half) {
    int size = Halves.SIDE * Halves.SIDE / 2;
    double sum = 0;
    for (int i = 0; i < size; i++) {
      sum += Byte.toUnsignedInt(values[(2 * picture + half) * size + i]);
    }
    return sum / size;
  }

  /** A caption that is hidden is zeros: then the projection's weights have no gradient. */
  @Test
  void theProjectionLearnsFromCaptionsThatAreNotHidden() throws IOException {
    train(folder.resolve("one"), 4, 1e-9, told(VECTORS));
    train(folder.resolve("two"), 8, 1e-9, told(VECTORS));
    train(folder.resolve("hidden"), 4, 1 - 1e-9, told(VECTORS));
    train(folder.resolve("still"), 8, 1 - 1e-9, told(VECTORS));
    assertThat(projection("one")).isNotEqualTo(projection("two"));
    assertThat(projection("hidden")).isEqualTo(projection("still"));
  }

  private float[] projection(String run) throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve(run).resolve(WEIGHTS));
        PointerScope scope = new PointerScope()) {
      return TensorMemory.floats(file.tensor(PROJECTION));
    }
  }

  @Test
  void aContinuedRunHasTheSameBitsAndOtherCaptionsAreRefused() throws IOException {
    train(folder.resolve("whole"), 6, 0.1, told(VECTORS));
    Path cut = folder.resolve("parts");
    try (TeacherTraining training = teaching(cut, 6, 0.1, told(VECTORS))) {
      go(training, 3);
      training.checkpoint();
      training.next(); // lost, as by a kill
    }
    List<String> captions = Arrays.stream(pictures().labels()).mapToObj(TEXTS::get).toList();
    NamedPictures named = new NamedPictures(pictures(), List.of(), captions);
    train(cut, 6, 0.1, (Captions) Condition.ofRun(cut, named)); // by what the run keeps
    assertThat(Files.readAllBytes(cut.resolve(WEIGHTS)))
        .isEqualTo(Files.readAllBytes(folder.resolve("whole").resolve(WEIGHTS)));
    float[][] others = {VECTORS[1], VECTORS[0]};
    assertThatThrownBy(() -> teaching(cut, 6, 0.1, told(others)).close())
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("another plan");
    NamedPictures strange =
        new NamedPictures(pictures().select(new int[1]), List.of(), List.of("x"));
    assertThatThrownBy(() -> Condition.ofRun(cut, strange)).hasMessageContaining("'x'");
    assertThat(Captions.of(told(VECTORS).vectors(), List.of("")).of(0)).isEqualTo(2);
  }

  @Test
  void aStudentDrawsInOneStepWhatItsCaptionSays() throws IOException {
    Path features = folder.resolve("features");
    EncoderPlan encoder = new EncoderPlan(List.of(4, 8), 1, 8, 1e-3, 3);
    try (EncoderTraining training =
        new EncoderTraining(features, encoder, pictures(), Contrast::new)) {
      training.next();
      training.save();
    }
    Path whole = folder.resolve("whole");
    distilled(whole, features, 6, 6);
    Path cut = folder.resolve("parts");
    distilled(cut, features, 6, 3);
    distilled(cut, features, 6, 6);
    assertThat(Files.readAllBytes(cut.resolve(WEIGHTS)))
        .isEqualTo(Files.readAllBytes(whole.resolve(WEIGHTS)));
    assertThat(CaptionVectors.read(whole).orElseThrow().captions()).isEqualTo(TEXTS);
    try (PixelPipeline student = PixelPipeline.open(whole, "")) {
      drawsBoth(student, 1, 60);
    }
    DistillationPlan plan = plan(1);
    assertThatThrownBy(
            () -> new Distillation(folder.resolve("classes"), plan, pictures(), teacher, features))
        .hasMessageContaining("knows 0 classes");
  }

  private static DistillationPlan plan(long steps) {
    return new DistillationPlan(
        steps,
        8,
        DistillationStep.Constants.usual(2e-3, 2e-3),
        WeightingChoice.EXPONENTIAL,
        1,
        new DistillationPlan.Starts(0.5, 0),
        new DistillationPlan.Heads(
            4, true, true, false, false, new ConvolutionHead.Norms(true, 4), LEVELS),
        true,
        0.5,
        11);
  }

  private static void distilled(Path run, Path features, long steps, long until)
      throws IOException {
    try (Distillation training =
        new Distillation(run, plan(steps), pictures(), told(VECTORS), teacher, features)) {
      go(training, until);
      assertThat(training.look().get("variety")).isFinite();
      training.checkpoint();
      training.save();
    }
  }
}
